/** The connection pool. Outages of PostgreSQL become UNAVAILABLE, never a denial. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import pgPromise, { type IConnected, type IDatabase, type ITask } from "pg-promise";
import type { CircuitBreaker } from "../resilience/circuit-breaker.ts";
import { Semaphore } from "../resilience/semaphore.ts";
import { allInUse, classify, noConnection, unreachable } from "./errors.ts";
import { TimedOut, type TimeoutOptions, Timeouts } from "./timeouts.ts";

/** Settings and dependencies of a pool. */
export interface DatabaseOptions extends TimeoutOptions {
  /** Resolves when the pool is open, or when that takes longer. Until then queries wait. */
  readonly opening: Promise<void>;
  readonly maxConnections: number;
  /** Seconds for which a query waits for a free connection. */
  readonly poolTimeoutS: number;
  /** Bounds of transactions; unbounded if undefined. */
  readonly transactions?: TransactionBounds;
  /** Shared by all pools of the same database. */
  readonly breaker: CircuitBreaker;
  /** Called when an idle connection breaks. */
  readonly onIdleError: (error: Error) => void;
}

/** Bounds of transactions in a pool that is shared with other queries. */
export interface TransactionBounds {
  /** Concurrent transactions. */
  readonly max: number;
  /** Timeout of waiting for a lock. */
  readonly lockTimeoutMs: number;
}

/** Query methods of the pool, of a connection, or of a transaction. */
export type Queries = Pick<ITask<object>, "any" | "one" | "oneOrNone" | "none" | "result">;
/** A dedicated connection, whose plain client COPY needs. */
export type Connection = IConnected<object, import("pg-promise/typescript/pg-subset.js").IClient>;

/** Timeout of a single query, after which a stuck database counts as unreachable. */
const QUERY_TIMEOUT_MS = 10_000;

/** Timeout of closing the connections. */
const CLOSE_TIMEOUT_MS = 1_000;

// Values are sent as parameters and never as part of the SQL text, so no client can inject SQL. Statements have no names,
// because transaction poolers would not keep them.
const library = pgPromise({ noWarnings: true, pgFormatting: true });

/** Overrides a role or database that has it off, where a backslash in a literal would be an escape. */
const PLAIN_STRINGS = { text: "SET standard_conforming_strings = on", query_timeout: QUERY_TIMEOUT_MS };

/**
 * A pool of connections to PostgreSQL. Queries wait while it is being opened; if that takes longer, they fail as if PostgreSQL
 * were unreachable.
 */
export class Database implements Pick<Queries, "any" | "one" | "oneOrNone" | "none"> {
  readonly #options: DatabaseOptions;
  #db: IDatabase<object> | undefined;
  readonly #breaker: CircuitBreaker;
  readonly #timeouts: Timeouts;
  readonly #unresponsive: () => boolean;
  readonly #transactions: Semaphore | undefined;
  readonly #lockTimeoutMs: number | undefined;
  readonly #poolTimeoutMs: number;

  constructor(options: DatabaseOptions) {
    const { transactions } = options;
    this.#options = options;
    this.#transactions = transactions && new Semaphore(transactions.max);
    this.#lockTimeoutMs = transactions?.lockTimeoutMs;
    this.#poolTimeoutMs = options.poolTimeoutS * 1000;
    this.#breaker = options.breaker;
    this.#timeouts = new Timeouts(options);
    this.#unresponsive = options.unresponsive;
  }

  /**
   * Opens the pool once the schema has been migrated; again if the database has moved to another host. What waits for the host
   * before ends as if that were unreachable.
   * @param connectionString a libpq URL, which may name a unix socket
   */
  open(connectionString: string): void {
    const before = this.#db;
    const pool = {
      connectionString,
      max: this.#options.maxConnections,
      connectionTimeoutMillis: this.#poolTimeoutMs,
      application_name: "container-gateway",
      keepAlive: true,
      // An option of pg-pool that pg-promise passes on. If it fails, the connection is discarded.
      onConnect: (client: ClientBase) => client.query(PLAIN_STRINGS),
    };
    this.#db = library(pool);
    this.#db.$pool.on("error", this.#options.onIdleError);
    if (before === undefined) return;
    this.#timeouts.expireAll();
    void before.$pool.end();
  }

  any<T>(query: string, values?: unknown): Promise<T[]> {
    return this.#call((connection) => connection.any<T>(query, values));
  }

  one<T>(query: string, values?: unknown): Promise<T> {
    return this.#call((connection) => connection.one<T>(query, values));
  }

  oneOrNone<T>(query: string, values?: unknown): Promise<T | null> {
    return this.#call((connection) => connection.oneOrNone<T>(query, values));
  }

  /** @param values values, or a function of them, which is called as soon as there is a connection */
  none(query: string, values?: unknown): Promise<null> {
    return this.#call((connection) =>
      connection.none(query, typeof values === "function" ? values() : values),
    );
  }

  /**
   * Runs `work` in one transaction on a connection of its own.
   * @throws RegistryError UNAVAILABLE if it waits too long for a connection, or for a lock
   */
  transaction<T>(work: (queries: Queries, connection: Connection) => Promise<T>): Promise<T> {
    const run = (connection: Connection) =>
      connection.tx(async (queries) => {
        if (this.#lockTimeoutMs !== undefined)
          await queries.none(`SET LOCAL lock_timeout = ${this.#lockTimeoutMs}`);
        return work(queries, connection);
      });
    const call = () => this.#call(run, Number.POSITIVE_INFINITY);
    return this.#transactions === undefined
      ? call()
      : this.#transactions.run(call, this.#poolTimeoutMs, allInUse);
  }

  /**
   * Runs one statement that writes, under the bounds on transactions.
   * @throws RegistryError UNAVAILABLE as `transaction`
   */
  write<T>(query: string, values: unknown): Promise<T> {
    const write = () => this.one<T>(query, values);
    return this.#transactions === undefined
      ? write()
      : this.#transactions.run(write, this.#poolTimeoutMs, allInUse);
  }

  /** Connections that are open, idle, and queries that wait for one; undefined before the pool is open. */
  get statistics(): { readonly open: number; readonly idle: number; readonly waiting: number } | undefined {
    const pool = this.#db?.$pool;
    return pool && { open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount };
  }

  /** Closes the connections, without waiting for those of an unresponsive database. */
  async close(): Promise<void> {
    const ended = this.#db?.$pool.end();
    if (ended !== undefined) await Promise.race([ended, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** Turns outages into UNAVAILABLE, and passes on every other error. */
  async #call<T>(work: (connection: Connection) => Promise<T>, timeoutMs = QUERY_TIMEOUT_MS): Promise<T> {
    if (this.#db === undefined) await this.#options.opening;
    const db = this.#db;
    if (db === undefined) throw unreachable("the database has not been prepared yet");
    const attempt = this.#breaker.enter();
    if (attempt === undefined) throw unreachable("the circuit breaker of PostgreSQL is open");
    try {
      const result = await this.#attempt(db, work, timeoutMs);
      attempt.end("success");
      return result;
    } catch (error) {
      const { outcome, reported } = classify(error);
      // A timeout while the listening connection gets no replies either is proof enough of an outage.
      attempt.end(error instanceof TimedOut && this.#unresponsive() ? "outage" : outcome, error);
      throw reported;
    }
  }

  async #attempt<T>(
    db: IDatabase<object>,
    work: (connection: Connection) => Promise<T>,
    timeoutMs: number,
  ): Promise<T> {
    const connection = await this.#connect(db);
    let timedOut = false;
    try {
      return await this.#timeouts.within(timeoutMs, work(connection));
    } catch (error) {
      timedOut = error instanceof TimedOut;
      throw error;
    } finally {
      // A connection that is still busy is closed and not returned to the pool.
      await connection.done(timedOut);
    }
  }

  async #connect(db: IDatabase<object>): Promise<Connection> {
    const connecting = db.connect();
    try {
      // The pool has a timeout of its own.
      return await this.#timeouts.within(Number.POSITIVE_INFINITY, connecting);
    } catch (cause) {
      if (!(cause instanceof TimedOut)) throw noConnection(cause);
      void connecting.then((connection) => connection.done()).catch(() => undefined);
      throw cause;
    }
  }
}
