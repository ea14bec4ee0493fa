/** Opens PostgreSQL: connection pools, schema, change feed, and the embedded server if no other is set. */
import { CircuitBreaker, type Report } from "../resilience/circuit-breaker.ts";
import { unlessAborted } from "../resilience/unless-aborted.ts";
import { hostUrls } from "../settings/connection-string.ts";
import type { Settings } from "../settings/keys.ts";
import { ChangeFeed } from "./change-feed/change-feed.ts";
import { Database } from "./database.ts";
import { type EmbeddedPostgres, embeddedUrl, startEmbeddedPostgres } from "./embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "./embedded/roles.ts";
import { prepareDatabase } from "./preparation.ts";
import { locate } from "./writable-host.ts";

/** Settings of the database. */
export type DatabaseSettings = Pick<
  Settings,
  | "db_connection_string"
  | "db_listen_connection_string"
  | "data_dir"
  | "db_max_connections"
  | "db_pool_timeout"
  | "db_start_timeout"
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

/** Time within which one of several hosts must say that it accepts writes, before they are asked again. */
const LOCATE_TIMEOUT_MS = 600;

/** Maximum time for which queries wait for a database that is being opened. */
const MAX_OPENING_MS = 2_000;

/** Creates a promise for the opening of the database, and a function that resolves it. It resolves in any case after a while. */
function createOpening() {
  let end = (): void => undefined;
  const opening = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, MAX_OPENING_MS).unref();
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { opening, end };
}

/** Creates the pools and the change feed, none of which is connected yet. */
function createConnections(settings: DatabaseSettings, report: Report, opening: Promise<void>) {
  const shared = {
    opening,
    poolTimeoutS: settings.db_pool_timeout,
    breaker: new CircuitBreaker({
      name: "PostgreSQL",
      maxFailures: MAX_FAILURES,
      probeIntervalMs: PROBE_INTERVAL_MS,
      report,
    }),
    unresponsive: () => changes.unresponsive,
    onIdleError: (error: Error) => {
      // The pool adds the connection with its cancel key, which is nothing for the log.
      Reflect.deleteProperty(error, "client");
      report("an idle connection to PostgreSQL broke", error);
    },
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
    db: pool,
    gracePeriodS: settings.outage_grace,
    onDisconnected: (reason) => report("change feed disconnected: every query goes to PostgreSQL", reason),
    onConnected: () => report("change feed connected"),
  });
  return { pool, syncPool, changes, breaker: shared.breaker };
}

/**
 * Creates the database of a gateway. Queries wait a moment for its start, so that a restart refuses no request. If the start
 * takes longer, they fail as if PostgreSQL were unreachable.
 */
export function openDatabase(settings: DatabaseSettings, report: Report) {
  const { opening, end: endOpening } = createOpening();
  const { pool, syncPool, changes, breaker } = createConnections(settings, report, opening);
  const closing = new AbortController();
  let embedding: Promise<EmbeddedPostgres> | undefined;

  async function prepare(): Promise<string> {
    const { db_connection_string, data_dir, db_start_timeout: timeoutS } = settings;
    // Whatever is reported takes longer: an unreachable PostgreSQL, migrations, another gateway that runs them.
    const reportDelay: Report = (text, error) => {
      endOpening();
      report(text, error);
    };
    const options = { timeoutS, report: reportDelay, signal: closing.signal };
    if (db_connection_string !== undefined)
      return prepareDatabase(db_connection_string, {
        ...options,
        setting: "db_connection_string",
        isEmbedded: db_connection_string === embeddedUrl(data_dir, EMBEDDED_DATABASE),
      });
    embedding = startEmbeddedPostgres(data_dir, report);
    const url = (await embedding).connectionString(EMBEDDED_DATABASE);
    return prepareDatabase(url, { ...options, setting: "data_dir" });
  }

  /** Resolves to the URL of the host that accepts writes. @throws NoWritableHost if there is none at the moment */
  async function locateAgain(current: string): Promise<string> {
    const { db_connection_string: text } = settings;
    return text === undefined || hostUrls(text).length === 1 ? current : locate(text, LOCATE_TIMEOUT_MS);
  }

  return {
    pool,
    syncPool,
    changes,
    breaker,
    /**
     * Starts the embedded PostgreSQL if no other is set, waits for PostgreSQL, migrates the schema, and connects.
     * @throws StartupError if the database can't be used
     */
    start: async (): Promise<void> => {
      let current = await unlessAborted(closing.signal, prepare());
      if (closing.signal.aborted) return;
      const use = (connectionString: string) => {
        for (const one of [pool, syncPool]) one.open(connectionString);
        current = connectionString;
      };
      use(current);
      // The change feed notices an outage first, and tries to connect until it is over.
      changes.open(async () => {
        const found = await locateAgain(current);
        if (found !== current) {
          report("the database has moved to another host: connecting to it");
          use(found);
        }
        const { db_listen_connection_string: listening } = settings;
        return listening === undefined ? current : locate(listening, LOCATE_TIMEOUT_MS);
      });
      endOpening();
    },
    close: async (): Promise<void> => {
      closing.abort();
      endOpening();
      await changes.close();
      await Promise.all([pool.close(), syncPool.close()]);
      const embedded = await embedding?.catch(() => undefined);
      await embedded?.stop();
    },
  };
}

/** An open database. */
export type OpenDatabase = ReturnType<typeof openDatabase>;
