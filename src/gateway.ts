/** A whole gateway, put together from its settings. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { Api, compileChecks } from "./api.ts";
import { createApp } from "./app.ts";
import { openAuditLog } from "./audit.ts";
import { auditSignIn } from "./auth/audited-sign-in.ts";
import { ClientAuthorities, certificatesIn, type Revocations } from "./auth/certificates.ts";
import { createGate } from "./auth/gate.ts";
import { Hosts } from "./auth/hosts.ts";
import { createIdentify } from "./auth/identify.ts";
import { createOrigin } from "./auth/origin.ts";
import { Proxies } from "./auth/proxies.ts";
import { createRecheck } from "./auth/recheck.ts";
import { rememberSignIn } from "./auth/remembered-sign-in.ts";
import { RevocationFile } from "./auth/revocations.ts";
import { createSignIn, type SignIn } from "./auth/sign-in.ts";
import { throttleSignIn } from "./auth/throttled-sign-in.ts";
import type { Report } from "./breaker.ts";
import { type Caches, openCaches } from "./caches/index.ts";
import { contract, contractText } from "./contract.ts";
import type { Audit } from "./decisions.ts";
import { createHandlers } from "./handlers/index.ts";
import type { Handlers } from "./operations.ts";
import { type Server, type ServerBounds, type ServerTls, startServer } from "./server.ts";
import type { Settings } from "./settings/keys.ts";
import type { PemFile } from "./settings/values.ts";
import { openUpstreams, type Upstreams } from "./upstreams/index.ts";

/** Compiled once, for however many gateways. */
const checks = await compileChecks(contract);
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

const authoritiesIn = (file: PemFile | undefined, revocations?: Revocations): ClientAuthorities | undefined =>
  file && new ClientAuthorities(file.text, revocations);

async function revocationsOf({ rhsm_ca_file, rhsm_crl_file }: Settings, log: Logger) {
  if (rhsm_ca_file === undefined || rhsm_crl_file === undefined) return undefined;
  return RevocationFile.open({ path: rhsm_crl_file, authorities: certificatesIn(rhsm_ca_file.text), log });
}

/** What everything else rests on. */
interface Ground {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly upstreams: Upstreams;
  readonly audit: Audit;
  readonly log: Logger;
}

/** So many accounts may fail at one address before all of it has to wait. */
const ACCOUNTS_PER_ADDRESS = 20;

function signInOf({ settings, caches, upstreams: { foreman }, audit, log }: Ground): SignIn {
  const { login_attempts: most, login_ttl } = settings;
  const plain = createSignIn({ logins: foreman, users: caches.users, tokens: caches.tokens, log });
  const throttled =
    most === 0
      ? plain
      : throttleSignIn(plain, {
          most,
          accounts: caches.loginAttempts("account", most),
          addresses: caches.loginAttempts("address", most * ACCOUNTS_PER_ADDRESS),
        });
  return auditSignIn(rememberSignIn(throttled, login_ttl), audit);
}

function handlersOf(ground: Ground): Handlers {
  const { settings, caches, upstreams, log } = ground;
  const { pulp, foreman, attachments, flatpakIndexes } = upstreams;
  const kept = caches.keptContent(pulp);
  const content = settings.content_delivery === "stream" ? upstreams.streamed(kept) : kept;
  const gate = createGate(caches.knownFacts);
  const signIn = signInOf(ground);
  return createHandlers({
    signIn,
    pull: { gate, content, katelloUrl: settings.foreman_url },
    referrers: { gate, attachments },
    browse: { gate, catalog: caches.knownCatalog, tagLists: pulp },
    search: { names: caches.repositories, signIn },
    flatpak: {
      indexes: flatpakIndexes,
      names: caches.repositories,
      open: settings.flatpak_index === "open",
    },
    sync: { target: caches.pushes, users: caches.users, longestBody: settings.max_push_bytes, log },
    proxy: { smartProxyVersion: settings.smart_proxy_version, version },
    operate: { pushes: caches.log, pulp, katello: foreman, contract: contractText },
  });
}

/** What tells who is calling, and by which way. */
function doorOf(ground: Ground, revocations: Revocations | undefined) {
  const { settings, caches, upstreams, audit, log } = ground;
  const { foreman } = upstreams;
  const authorities = authoritiesIn(settings.ssl_ca_file);
  const proxies = new Proxies({ trustedProxies: settings.trusted_proxies, authorities });
  return {
    proxies,
    identify: createIdentify({
      tokens: caches.knownTokens,
      recheck: createRecheck({
        every: settings.token_recheck,
        authority: foreman,
        drop: (checksum) => caches.tokens.drop(checksum),
        audit,
        log,
      }),
      authorities,
      trustedHosts: settings.trusted_hosts,
    }),
    hosts: new Hosts({
      authorities: authoritiesIn(settings.rhsm_ca_file, revocations),
      proxies,
      known: caches.knownHosts,
      store: caches.hosts,
      catalogs: foreman,
      log,
    }),
    originOf: createOrigin({
      publicUrl: settings.public_url,
      certificateNames: certificateNames(settings.ssl_certificate?.text),
      proxies,
    }),
  };
}

function tlsOf({
  ssl_certificate,
  ssl_private_key,
  ssl_ca_file,
  rhsm_ca_file,
}: Settings): ServerTls | undefined {
  if (ssl_certificate === undefined || ssl_private_key === undefined) return undefined;
  const ca = [ssl_ca_file, rhsm_ca_file].flatMap((file) => file?.text ?? []);
  return { cert: ssl_certificate.text, key: ssl_private_key.text, ca };
}

const boundsOf = (settings: Settings, proxies: Proxies): ServerBounds => ({
  connections: {
    most: settings.max_connections,
    mostPerAddress: settings.max_connections_per_address,
    exempt: (peer) => proxies.include(peer),
  },
  headerBytes: settings.max_header_bytes,
  headerTimeout: settings.header_timeout,
  requestTimeout: settings.request_timeout,
  idleTimeout: settings.idle_timeout,
  stallTimeout: settings.stall_timeout,
});

/** @throws Error that says which part does not start, after closing those that did */
export async function startGateway(settings: Settings, log: Logger): Promise<Gateway> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const revocations = await revocationsOf(settings, log);
    closers.push(async () => revocations?.close());
    const report: Report = (text, error) =>
      error === undefined ? log.info(text) : log.warn({ err: error }, text);
    const caches = await openCaches(settings, report);
    closers.push(() => caches.close());
    const upstreams = openUpstreams(settings, report);
    closers.push(() => upstreams.close());
    const auditLog = openAuditLog({ target: settings.audit_log, log });
    closers.push(() => auditLog.close());
    const { audit } = auditLog;
    const ground = { settings, caches, upstreams, audit, log };
    const door = doorOf(ground, revocations);
    const api = new Api({
      checks,
      handlers: handlersOf(ground),
      ...door,
      audit,
      auditPulls: settings.audit_pulls,
      // A body that is too long is still read to its end, unless it is more than twice as long as it may be.
      longestBody: 2 * settings.max_push_bytes,
      mostRequests: settings.max_requests,
      log,
    });
    const server = await startServer({
      listen: settings.listen,
      tls: tlsOf(settings),
      app: createApp(api),
      bounds: boundsOf(settings, door.proxies),
      log,
    });
    closers.push(() => server.stop());
    for (const { url } of server.addresses) log.info({ url }, "listening");
    return { addresses: server.addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
