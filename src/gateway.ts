/** Assembles a gateway from its settings. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { openAdministration } from "./admin/index.ts";
import { RecentDecisions } from "./admin/recent-decisions.ts";
import { RefusedSyncs } from "./admin/refused-syncs.ts";
import { SingleWorker, type WorkerGroup } from "./admin/workers.ts";
import { openAuth } from "./auth/index.ts";
import { probeTokenCheck } from "./auth/katello-token-check.ts";
import { openCache } from "./cache/index.ts";
import { openDatabase } from "./database/index.ts";
import type { Facade } from "./facade/index.ts";
import { smartProxySystem } from "./facade/system.ts";
import { createHandlers } from "./handlers/index.ts";
import { contractText, openChecks } from "./http/contract.ts";
import type { DrainTimes, Server } from "./http/server.ts";
import { Listeners } from "./listeners.ts";
import { openAuditLog } from "./logs/audit.ts";
import { reportTo } from "./logs/log.ts";
import { Metrics } from "./metrics/metrics.ts";
import type { Decision } from "./model/audit-events.ts";
import { type BeginBulkWork, ignoreBulkWork } from "./model/bulk-work.ts";
import type { ReloadOutcome } from "./model/reload-outcome.ts";
import { Traces } from "./model/trace.ts";
import { VERSION } from "./model/version.ts";
import { unlessAborted } from "./resilience/unless-aborted.ts";
import type { Settings } from "./settings/keys.ts";
import { openStore } from "./store/index.ts";
import { openSyncs } from "./sync/index.ts";
import { openUpstreams } from "./upstreams/index.ts";

/** Times of a stop. */
export interface StopTimes extends DrainTimes {
  /** Time for which everything is still served, with `/readyz` 503, before the gateway stops accepting connections. */
  readonly delayMs?: number;
}

/** Running gateway. */
export interface Gateway {
  /** Addresses that it listens on, in the order of the setting `listen`. */
  readonly addresses: Server["addresses"];
  /** Addresses that serve the metrics, in the order of the setting `metrics_listen`. */
  readonly metrics: Server["addresses"];
  /** Addresses of administration, in the order of the setting `admin_listen`. */
  readonly admin: Server["addresses"];
  /** Address of the façade, if there is one. */
  readonly facade: Facade["address"] | undefined;
  /** Drains requests in flight, then closes everything. */
  stop(times?: StopTimes): Promise<void>;
}

/** Time for which a gateway that failed to start waits for the requests that it has received meanwhile. */
const FAILED_DRAIN_TIMEOUT_MS = 1_000;

const cannotReload = async (): Promise<ReloadOutcome> => ({ failed: "this gateway can't be reloaded" });

/** Optional parts of the start. */
export interface StartOptions {
  /** Gives up the startup. */
  readonly signal?: AbortSignal;
  /** The other workers of the gateway; by default there are none. */
  readonly workers?: WorkerGroup;
  /** Reloads the settings, and waits for the outcome. */
  readonly reload?: () => Promise<ReloadOutcome>;
  /** Called when bulk work begins. */
  readonly beginBulkWork?: BeginBulkWork;
}

/**
 * Starts a gateway. It listens before it touches the database, and replies 503 until the database is ready.
 * @throws StartupError that names the part that failed, after closing the others; the reason of the signal
 */
export async function startGateway(
  settings: Settings,
  log: Logger,
  {
    signal,
    workers = new SingleWorker(),
    reload = cannotReload,
    beginBulkWork = ignoreBulkWork,
  }: StartOptions = {},
): Promise<Gateway> {
  let listeners: Listeners | undefined;
  const closers: (() => Promise<void>)[] = [];
  let isStopping = false;
  const stop = async ({ delayMs = 0, ...times }: StopTimes = {}) => {
    if (delayMs > 0) {
      isStopping = true;
      await sleep(delayMs);
    }
    await listeners?.close(times);
    for (const close of closers.splice(0).reverse()) await close();
  };
  function closeLater<Part extends { close(): Promise<void> }>(part: Part): Part {
    closers.push(() => part.close());
    return part;
  }
  try {
    const checks = await openChecks();
    const report = reportTo(log);
    const metrics = new Metrics();
    const traces = new Traces();
    const database = closeLater(openDatabase(settings, report));
    const store = openStore(database, settings);
    const cache = openCache(database, store, settings);
    const syncs = closeLater(openSyncs(database, store.users, log));
    const upstreams = closeLater(
      openUpstreams(settings, report, {
        onReply: metrics.upstreamReplied,
        traceOf: traces.of,
        beginBulkWork,
      }),
    );
    const { katello, pulp, attachments, flatpakIndexes } = upstreams;
    const systems = [...upstreams.systems, ...smartProxySystem(settings, () => listeners?.facade)];
    const auditLog = closeLater(openAuditLog({ target: settings.audit_log, log }));
    const refusedSyncs = new RefusedSyncs();
    const recentDecisions = new RecentDecisions();
    const audit = (decision: Decision) => {
      metrics.decided(decision);
      refusedSyncs.note(decision);
      recentDecisions.note(decision);
      auditLog.audit(decision);
    };
    const auth = closeLater(await openAuth(settings, { katello, cache, store, audit, log }));
    void probeTokenCheck(katello, log);
    const { logIn, authorize, resolveCaller } = auth;
    const { catalog } = cache;
    const administration = closeLater(
      openAdministration({
        settings,
        systems,
        feed: database.changes,
        overview: store.overview,
        syncs: syncs.records,
        firstSync: cache.firstSync,
        foreignWriters: store.foreignWriters,
        workers,
        freshness: store.repositories,
        decide: auth.decideByStore,
        verdictOn: (certificate) => auth.hosts.verdictOn(certificate),
        lockouts: store.lockouts,
        metrics,
        refusedSyncs,
        recentDecisions,
        accounts: upstreams.accounts,
        throttle: auth.throttle,
        audit,
        parts: {
          caches: cache.parts,
          pools: { requests: database.pool, syncs: database.syncPool },
          databaseBreaker: database.breaker,
          inFlight: () => listeners?.inFlight ?? 0,
          auditLog: auditLog.health,
        },
        cachedTags: cache.cachedTags,
        clearCaches: (repository) => {
          for (const parts of cache.parts.values()) for (const part of parts) part.clear(repository);
        },
        log,
      }),
    );
    const [katelloSystem, pulpSystem] = upstreams.systems;
    const handlers = createHandlers({
      token: { logIn, openRepositories: cache.openRepositories },
      pull: {
        authorize,
        resolveCaller,
        delivery: upstreams.deliveryOf(cache.contentOf(pulp)),
        hostActivity: auth.hostActivity,
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
      sync: {
        target: syncs.target,
        users: syncs.users,
        maxBodyBytes: settings.max_sync_bytes,
        beginBulkWork,
        log,
      },
      smartProxy: { smartProxyVersion: settings.smart_proxy_version, version: VERSION },
      health: {
        syncs: syncs.records,
        foreignWriters: store.foreignWriters,
        firstSync: cache.firstSync,
        feed: database.changes,
        pulp: pulpSystem.probe,
        katello: katelloSystem.probe,
        isStopping: () => isStopping,
        contract: contractText,
      },
      admin: {
        ...administration,
        reload,
        adminUrls: () => listeners?.browserUrls ?? [],
        overview: store.overview,
        tokens: store.tokens,
        hosts: store.hosts,
      },
    });
    listeners = new Listeners({
      settings,
      checks,
      handlers,
      onRefusedSync: (call) => syncs.records.addRefused(call),
      audit,
      log,
      metrics,
      traces,
      auth,
      administration,
    });
    const { server, facade, admin } = await listeners.open();
    for (const { url } of server.addresses) log.info({ url }, "listening");
    if (facade !== undefined) log.info(facade.address, "façade listening");
    void administration.activity.inherit();
    const started = database.start();
    await (signal === undefined ? started : unlessAborted(signal, started));
    log.info("database ready");
    const roles = await store.foreignWriters.list().catch(() => []);
    if (roles.length > 0)
      log.warn({ roles }, "other roles of PostgreSQL may change the gateway's tables, see `check`");
    const hasSynced = await cache.firstSync.check().catch(() => true);
    if (!hasSynced) log.warn("waiting for Katello's first sync: there is no list of repositories");
    return {
      addresses: server.addresses,
      metrics: admin.metrics,
      admin: admin.addresses,
      facade: facade?.address,
      stop,
    };
  } catch (error) {
    await stop({ drainTimeoutMs: FAILED_DRAIN_TIMEOUT_MS });
    throw error;
  }
}
