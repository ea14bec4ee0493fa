/** Assembles a gateway from its settings. */
import type { Logger } from "pino";
import { openAuth } from "./auth/index.ts";
import { probeTokenCheck } from "./auth/katello-token-check.ts";
import { openCache } from "./cache/index.ts";
import type { Peer } from "./connection/peer.ts";
import { openDatabase } from "./database/index.ts";
import { type Facade, openFacade } from "./facade/index.ts";
import { createHandlers } from "./handlers/index.ts";
import { Api } from "./http/api.ts";
import { compileChecks, contractText } from "./http/contract.ts";
import { createPages } from "./http/pages.ts";
import { type Server, startServer } from "./http/server.ts";
import { openAuditLog } from "./logs/audit.ts";
import { reportTo } from "./logs/log.ts";
import { VERSION } from "./model/version.ts";
import { unlessAborted } from "./resilience/unless-aborted.ts";
import type { Settings } from "./settings/keys.ts";
import { openStore } from "./store/index.ts";
import { openSyncs } from "./sync/index.ts";
import { openUpstreams } from "./upstreams/index.ts";

const checks = await compileChecks();

/** Running gateway. */
export interface Gateway {
  /** Addresses that it listens on, in the order of the setting `listen`. */
  readonly addresses: Server["addresses"];
  /** Address of the façade, if there is one. */
  readonly facade: Facade["address"] | undefined;
  /** Drains requests in flight, then closes everything. */
  stop(): Promise<void>;
}

/** Time for which a gateway that failed to start waits for the requests that it has received meanwhile. */
const FAILED_DRAIN_TIMEOUT_MS = 1_000;

/**
 * Starts a gateway. It listens before it touches the database, and replies 503 until the database is ready.
 * @param signal gives up the startup
 * @throws StartupError that names the part that failed, after closing the others; the reason of the signal
 */
export async function startGateway(settings: Settings, log: Logger, signal?: AbortSignal): Promise<Gateway> {
  let drainTimeoutMs: number | undefined;
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  function closeLater<Part extends { close(): Promise<void> }>(part: Part): Part {
    closers.push(() => part.close());
    return part;
  }
  try {
    const report = reportTo(log);
    const database = closeLater(openDatabase(settings, report));
    const store = openStore(database, settings);
    const cache = openCache(database, store, settings);
    const syncs = openSyncs(database);
    const upstreams = closeLater(openUpstreams(settings, report));
    const { katello, pulp, attachments, flatpakIndexes } = upstreams;
    const { audit } = closeLater(openAuditLog({ target: settings.audit_log, log }));
    const auth = closeLater(await openAuth(settings, { katello, cache, store, audit, log }));
    void probeTokenCheck(katello, log);
    const { logIn, authorize, resolveCaller } = auth;
    const { catalog } = cache;
    const handlers = createHandlers({
      token: { logIn, openRepositories: cache.openRepositories },
      pull: {
        authorize,
        resolveCaller,
        delivery: upstreams.deliveryOf(cache.contentOf(pulp)),
        katelloUrl: settings.foreman_url,
      },
      referrers: { authorize, referrerLists: cache.referrersOf(attachments), signatureLists: attachments },
      catalog: { authorize, resolveCaller, catalog, tagLists: cache.tagsOf(pulp) },
      search: { catalog, resolveCaller },
      flatpak: {
        indexes: cache.flatpakIndexesOf(flatpakIndexes),
        catalog,
        resolveCaller,
        open: settings.flatpak_index === "open",
      },
      sync: { target: syncs.target, users: store.users, maxBodyBytes: settings.max_sync_bytes, log },
      smartProxy: { smartProxyVersion: settings.smart_proxy_version, version: VERSION },
      health: {
        syncs: syncs.records,
        foreignWriters: store.foreignWriters,
        firstSync: cache.firstSync,
        feed: database.changes,
        pulp,
        katello,
        contract: contractText,
      },
    });
    const api = new Api({ settings, checks, handlers, ...auth, audit, log, pages: createPages() });
    const isReverseProxy = (peer: Peer) => auth.proxies.include(peer);
    const server = await startServer({
      settings,
      handle: api.handle,
      isReverseProxy,
      onAccept: () => api.accepted(),
      log,
    });
    closers.push(() => server.close(drainTimeoutMs));
    const { trustedHosts } = auth;
    const facade = await openFacade({ settings, handle: api.handle, trustedHosts, isReverseProxy, log });
    if (facade !== undefined) closers.push(() => facade.close(drainTimeoutMs));
    for (const { url } of server.addresses) log.info({ url }, "listening");
    if (facade !== undefined) log.info(facade.address, "façade listening");
    const started = database.start();
    await (signal === undefined ? started : unlessAborted(signal, started));
    log.info("database ready");
    const roles = await store.foreignWriters.list().catch(() => []);
    if (roles.length > 0)
      log.warn({ roles }, "other roles of PostgreSQL may change the gateway's tables, see `check`");
    const hasSynced = await cache.firstSync.check().catch(() => true);
    if (!hasSynced) log.warn("waiting for Katello's first sync: there is no list of repositories");
    return { addresses: server.addresses, facade: facade?.address, stop };
  } catch (error) {
    drainTimeoutMs = FAILED_DRAIN_TIMEOUT_MS;
    await stop();
    throw error;
  }
}
