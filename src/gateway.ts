/** A whole gateway, put together from its settings. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { parse } from "yaml";
import { Api } from "./api.ts";
import { createApp } from "./app.ts";
import { createGate } from "./auth/gate.ts";
import { createIdentify } from "./auth/identify.ts";
import { createOrigin } from "./auth/origin.ts";
import { type Caches, openCaches } from "./caches/index.ts";
import { createHandlers } from "./handlers/index.ts";
import type { Handlers } from "./operations.ts";
import { type Server, startServer } from "./server.ts";
import type { Settings } from "./settings/keys.ts";
import { openUpstreams, type Upstreams } from "./upstreams/index.ts";

const CONTRACT = readFileSync(new URL("../openapi.yaml", import.meta.url), "utf8");
const { version }: { version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** A running gateway. */
export interface Gateway {
  /** Where it listens, in the order of the settings. */
  readonly addresses: Server["addresses"];
  /** Lets what is in flight end, then closes everything. */
  stop(): Promise<void>;
}

/** DNS names and addresses of a certificate, the ones that a caller may have reached it by. */
function certificateNames(pem: string | undefined): string[] {
  const names = pem === undefined ? undefined : new X509Certificate(pem).subjectAltName;
  return [...(names ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].flatMap(([, name]) => name ?? []);
}

function handlersOf(settings: Settings, caches: Caches, { pulp, foreman }: Upstreams, log: Logger): Handlers {
  const gate = createGate(caches.knownFacts);
  return createHandlers({
    token: { logins: foreman, users: caches.users, tokens: caches.tokens, log },
    pull: { gate, content: pulp, katelloUrl: settings.foreman_url },
    browse: { gate, catalog: caches.repositories, tagLists: pulp },
    sync: { target: caches.pushes, users: caches.users, log },
    proxy: { smartProxyVersion: settings.smart_proxy_version, version },
    operate: { pushes: caches.log, pulp, katello: foreman, contract: CONTRACT },
  });
}

/** @throws Error that says which part does not start, after closing those that did */
export async function startGateway(settings: Settings, log: Logger): Promise<Gateway> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const caches = await openCaches(settings, (text, error) =>
      error === undefined ? log.info(text) : log.warn({ err: error }, text),
    );
    closers.push(() => caches.close());
    const upstreams = openUpstreams(settings);
    closers.push(() => upstreams.close());
    const api = await Api.create({
      contract: parse(CONTRACT),
      handlers: handlersOf(settings, caches, upstreams, log),
      identify: createIdentify({ tokens: caches.knownTokens, trustedHosts: settings.trusted_hosts }),
      originOf: createOrigin({
        publicUrl: settings.public_url,
        certificateNames: certificateNames(settings.ssl_certificate?.text),
        trustedProxies: settings.trusted_proxies,
      }),
      log,
    });
    const { ssl_certificate: certificate, ssl_private_key: key, ssl_ca_file: authority } = settings;
    const tls =
      certificate === undefined || key === undefined
        ? undefined
        : { cert: certificate.text, key: key.text, ca: authority?.text };
    const server = await startServer({ listen: settings.listen, tls, app: createApp(api) });
    closers.push(() => server.stop());
    for (const { url } of server.addresses) log.info({ url }, "listening");
    return { addresses: server.addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
