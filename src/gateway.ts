/** A whole gateway, put together from its settings. */
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { createGate } from "./auth/authorize.ts";
import { createVisitors } from "./auth/callers.ts";
import { tokenChecksum } from "./auth/credentials.ts";
import { auditSignIn } from "./auth/login/audit.ts";
import { createSignIn, type SignedIn, type SignIn } from "./auth/login/login.ts";
import { rememberSignIn } from "./auth/login/reuse.ts";
import { throttleSignIn } from "./auth/login/throttle.ts";
import { probeTokenCheck } from "./auth/token-probe.ts";
import { LateGrants } from "./auth/unsynced-grants.ts";
import { createDoor, openRevocations } from "./door.ts";
import type { Ground } from "./ground.ts";
import { createHandlers } from "./handlers/index.ts";
import { Api, compileChecks } from "./http/api.ts";
import { createApp } from "./http/app.ts";
import { contract, contractText } from "./http/contract.ts";
import { type Server, startServer } from "./http/server.ts";
import { boundsOf, tlsOf } from "./http/server-options.ts";
import { openAuditLog } from "./logs/audit.ts";
import { reportTo } from "./logs/log.ts";
import type { Handlers } from "./model/operations.ts";
import type { Settings } from "./settings/keys.ts";
import { openCaches } from "./store/index.ts";
import { openUpstreams } from "./upstreams/index.ts";

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

function signInOf({ settings, caches, upstreams: { foreman }, audit, log }: Ground): SignIn {
  const { login_ttl } = settings;
  const plain = createSignIn({ logins: foreman, users: caches.users, tokens: caches.tokens, log });
  const { signIn, admit } = throttleSignIn(plain, caches.loginAttempts, log);
  const isGood = async ({ userId, token }: SignedIn) =>
    userId === undefined || (await caches.knownTokens.find(tokenChecksum(token)))?.userId === userId;
  return auditSignIn(rememberSignIn(signIn, { ttl: login_ttl, isGood, admit }), audit);
}

function handlersOf(ground: Ground): Handlers {
  const { settings, caches, upstreams, log } = ground;
  const { pulp, foreman, attachments, flatpakIndexes } = upstreams;
  const content = upstreams.delivered(caches.keptContent(pulp));
  const { repositories: lastWords, users, hosts } = caches;
  const dropToken = (checksum: string) => caches.tokens.drop(checksum);
  const unmapped = new LateGrants({ lastWords, katello: foreman, users, hosts, dropToken, log });
  const signIn = signInOf(ground);
  const visitorOf = createVisitors(signIn);
  const gate = createGate({ repositories: caches.knownFacts, unmapped, visitorOf });
  return createHandlers({
    token: { signIn, repositories: caches.knownFacts },
    pull: { gate, visitorOf, content, katelloUrl: settings.foreman_url },
    referrers: { gate, referrerLists: caches.keptReferrers(attachments), signatureLists: attachments },
    browse: { gate, visitorOf, catalog: caches.knownCatalog, tagLists: caches.keptTags(pulp) },
    search: { catalog: caches.knownCatalog, visitorOf },
    flatpak: {
      indexes: caches.keptIndexes(flatpakIndexes),
      catalog: caches.knownCatalog,
      visitorOf,
      open: settings.flatpak_index === "open",
    },
    sync: { target: caches.pushTarget, users: caches.users, longestBody: settings.max_push_bytes, log },
    proxy: { smartProxyVersion: settings.smart_proxy_version, version },
    operate: { pushes: caches.pushes, feed: caches.changes, pulp, katello: foreman, contract: contractText },
  });
}

/** @throws StartError that says which part does not start, after closing those that did */
export async function startGateway(settings: Settings, log: Logger): Promise<Gateway> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const revocations = await openRevocations(settings, log);
    closers.push(async () => revocations?.close());
    const report = reportTo(log);
    const caches = await openCaches(settings, report);
    closers.push(() => caches.close());
    const upstreams = openUpstreams(settings, report);
    closers.push(() => upstreams.close());
    const auditLog = openAuditLog({ target: settings.audit_log, log });
    closers.push(() => auditLog.close());
    void probeTokenCheck(upstreams.foreman, log);
    const { audit } = auditLog;
    const ground = { settings, caches, upstreams, audit, log };
    const door = createDoor(ground, revocations);
    const api = new Api({
      checks,
      handlers: handlersOf(ground),
      ...door,
      audit,
      auditPulls: settings.audit_pulls,
      // A body that is too long is still read to its end, unless it is more than twice as long as it may be.
      longestBody: 2 * settings.max_push_bytes,
      requests: { most: settings.max_requests, mostPerAddress: settings.max_requests_per_address },
      replies: { maxBytes: settings.max_reply_bytes, minRate: settings.min_client_rate },
      log,
    });
    const server = await startServer({
      listen: settings.listen,
      tls: tlsOf(settings),
      app: createApp(api),
      bounds: boundsOf(settings, door.proxies, () => api.accepted()),
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
