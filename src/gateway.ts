/** Assembles a gateway from its settings. */
import { readFileSync } from "node:fs";
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
import type { Settings } from "./settings/keys.ts";
import { openStore } from "./store/index.ts";
import { openSyncs } from "./sync/index.ts";
import { openUpstreams } from "./upstreams/index.ts";

const checks = await compileChecks();
const { version }: { version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** Running gateway. */
export interface Gateway {
  /** Addresses that it listens on, in the order of the setting `listen`. */
  readonly addresses: Server["addresses"];
  /** Address of the façade, if there is one. */
  readonly facade: Facade["address"] | undefined;
  /** Drains requests in flight, then closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a gateway.
 * @throws StartupError that names the part that failed, after closing the others
 */
export async function startGateway(settings: Settings, log: Logger): Promise<Gateway> {
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
    const database = closeLater(await openDatabase(settings, report));
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
      smartProxy: { smartProxyVersion: settings.smart_proxy_version, version },
      health: { syncs: syncs.records, feed: database.changes, pulp, katello, contract: contractText },
    });
    const api = new Api({ settings, checks, handlers, ...auth, audit, log, pages: createPages() });
    const isReverseProxy = (peer: Peer) => auth.proxies.include(peer);
    const server = closeLater(
      await startServer({
        settings,
        handle: api.handle,
        isReverseProxy,
        onAccept: () => api.accepted(),
        log,
      }),
    );
    const facade = await openFacade({
      settings,
      handle: api.handle,
      trustedHosts: auth.trustedHosts,
      isReverseProxy,
      log,
    });
    if (facade !== undefined) closeLater(facade);
    for (const { url } of server.addresses) log.info({ url }, "listening");
    if (facade !== undefined) log.info(facade.address, "façade listening");
    return { addresses: server.addresses, facade: facade?.address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
