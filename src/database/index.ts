/** Opens PostgreSQL: connection pools, schema, change feed, and the embedded server if no other is set. */
import { CircuitBreaker, type Report } from "../resilience/circuit-breaker.ts";
import type { Settings } from "../settings/keys.ts";
import { ChangeFeed } from "./change-feed/change-feed.ts";
import { Database } from "./database.ts";
import { startEmbeddedPostgres } from "./embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "./embedded/roles.ts";
import { withEncryption } from "./encryption.ts";
import { prepareDatabase } from "./migrations.ts";

/** Settings of the database. */
export type DatabaseSettings = Pick<
  Settings,
  | "db_connection_string"
  | "db_listen_connection_string"
  | "data_dir"
  | "db_max_connections"
  | "db_pool_timeout"
  | "outage_grace"
>;

/** Timeout of a query while PostgreSQL is unresponsive. A sync is given up later. */
const UNRESPONSIVE_TIMEOUT_MS = 1_000;
const UNRESPONSIVE_SYNC_TIMEOUT_MS = 10_000;
/** Timeout of a login, or of a new host, that waits for a lock. */
const LOCK_TIMEOUT_MS = 5_000;
/** Failures in a row that open the circuit breaker, and the time to its next probe. */
const MAX_FAILURES = 2;
const PROBE_INTERVAL_MS = 250;
/** Connections of their own for syncs, which take long and must not delay pulls. Each sync holds one. */
const SYNC_CONNECTIONS = 2;
/** Timeout of a sync that waits for one of them. Katello waits 60 s for its reply and does not retry. */
const SYNC_POOL_TIMEOUT_S = 50;

/**
 * Connects to PostgreSQL, starts the embedded server if no other is set, and migrates the schema.
 * @throws StartupError if the database can't be used
 */
export async function openDatabase(settings: DatabaseSettings, report: Report) {
  const embedded =
    settings.db_connection_string === undefined
      ? await startEmbeddedPostgres(settings.data_dir, report)
      : undefined;
  const connectionString = await (embedded === undefined
    ? prepareDatabase(settings.db_connection_string ?? "")
    : prepareDatabase(embedded.connectionString(EMBEDDED_DATABASE), "data_dir"));
  const feedConnectionString = settings.db_listen_connection_string;
  const onIdleError = (error: Error) => report("an idle connection to PostgreSQL broke", error);
  const shared = {
    connectionString,
    poolTimeoutS: settings.db_pool_timeout,
    breaker: new CircuitBreaker({
      name: "PostgreSQL",
      maxFailures: MAX_FAILURES,
      probeIntervalMs: PROBE_INTERVAL_MS,
      report,
    }),
    unresponsive: () => changes.unresponsive,
    onIdleError,
  };
  const syncConnections = Math.min(SYNC_CONNECTIONS, settings.db_max_connections - 1);
  const maxConnections = settings.db_max_connections - syncConnections;
  const pool = new Database({
    ...shared,
    maxConnections,
    // Half of the connections stay free for pulls, even if logins and new hosts wait for locks.
    transactions: { max: Math.max(1, Math.floor(maxConnections / 2)), lockTimeoutMs: LOCK_TIMEOUT_MS },
    unresponsiveTimeoutMs: UNRESPONSIVE_TIMEOUT_MS,
  });
  const syncPool = new Database({
    ...shared,
    maxConnections: syncConnections,
    poolTimeoutS: SYNC_POOL_TIMEOUT_S,
    unresponsiveTimeoutMs: UNRESPONSIVE_SYNC_TIMEOUT_MS,
  });
  const changes: ChangeFeed = new ChangeFeed({
    connectionString:
      feedConnectionString === undefined ? connectionString : await withEncryption(feedConnectionString),
    db: pool,
    gracePeriodS: settings.outage_grace,
    onDisconnected: (reason) => report("change feed disconnected: every query goes to PostgreSQL", reason),
    onConnected: () => report("change feed connected"),
  });
  return {
    pool,
    syncPool,
    changes,
    close: async (): Promise<void> => {
      await changes.close();
      await Promise.all([pool.close(), syncPool.close()]);
      await embedded?.stop();
    },
  };
}

/** An open database. */
export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>;
