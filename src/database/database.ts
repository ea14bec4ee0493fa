/** The connection pool. Whatever keeps PostgreSQL from answering becomes UNAVAILABLE, never "no". */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import pgPromise, { type IConnected, type IDatabase, type ITask } from "pg-promise";
import type { CircuitBreaker } from "../resilience/circuit-breaker.ts";
import { Semaphore } from "../resilience/semaphore.ts";
import { allInUse, judge, noConnection, unreachable } from "./errors.ts";
import { TimedOut, type TimeoutOptions, Timeouts } from "./timeouts.ts";

/** How the database is reached. */
export interface DatabaseOptions extends TimeoutOptions {
  /** A libpq URL, also over a unix socket. */
  readonly connectionString: string;
  readonly maxConnections: number;
  /** Seconds that a question waits for a free connection. */
  readonly poolTimeout: number;
  /** Bounds on its transactions; none where they may take all connections, and as long as they like. */
  readonly transactions?: TransactionBounds;
  /** One for all that leads to the same database. */
  readonly breaker: CircuitBreaker;
  /** Told of connections that break while idle. */
  readonly onIdleError: (error: Error) => void;
}

/** What transactions may take of a pool that others need. */
export interface TransactionBounds {
  /** Connections at the same time. */
  readonly most: number;
  /** Milliseconds for which one waits for a lock that somebody else holds. */
  readonly lockWait: number;
}

/** What asks and answers: the pool, one connection, or a transaction. */
export type Queries = Pick<ITask<object>, "any" | "one" | "oneOrNone" | "none" | "result">;
/** One connection for itself, whose plain client COPY needs. */
export type Connection = IConnected<object, import("pg-promise/typescript/pg-subset.js").IClient>;

/** Milliseconds that a single question may take, so that a stuck database is an outage and no endless wait. */
const QUERY_TIMEOUT_MS = 10_000;

/** Milliseconds that connections have to close. */
const CLOSE_TIMEOUT_MS = 1_000;

// Values travel beside the text of a query and never in it: whatever the server takes for the end of a string, a client
// can't end one. Statements have no names, which poolers of transactions would not keep.
const library = pgPromise({ noWarnings: true, pgFormatting: true });

/** A role or database may have it off; then a backslash in our own text would mean something else. */
const PLAIN_STRINGS = { text: "SET standard_conforming_strings = on", query_timeout: QUERY_TIMEOUT_MS };

/** A pool of connections to PostgreSQL. */
export class Database implements Pick<Queries, "any" | "one" | "oneOrNone" | "none"> {
  readonly #db: IDatabase<object>;
  readonly #breaker: CircuitBreaker;
  readonly #timeouts: Timeouts;
  readonly #unresponsive: () => boolean;
  readonly #turns: Semaphore | undefined;
  readonly #lockWait: number | undefined;
  readonly #poolTimeout: number;

  constructor(options: DatabaseOptions) {
    const { transactions } = options;
    this.#turns = transactions && new Semaphore(transactions.most);
    this.#lockWait = transactions?.lockWait;
    this.#poolTimeout = options.poolTimeout * 1000;
    this.#breaker = options.breaker;
    this.#timeouts = new Timeouts(options);
    this.#unresponsive = options.unresponsive;
    const pool = {
      connectionString: options.connectionString,
      max: options.maxConnections,
      connectionTimeoutMillis: this.#poolTimeout,
      application_name: "container-gateway",
      keepAlive: true,
      // The pool's own: pg-promise passes it on. A connection on which it fails is not used.
      onConnect: (client: ClientBase) => client.query(PLAIN_STRINGS),
    };
    this.#db = library(pool);
    this.#db.$pool.on("error", options.onIdleError);
  }

  any<T>(query: string, values?: unknown): Promise<T[]> {
    return this.#ask((connection) => connection.any<T>(query, values));
  }

  one<T>(query: string, values?: unknown): Promise<T> {
    return this.#ask((connection) => connection.one<T>(query, values));
  }

  oneOrNone<T>(query: string, values?: unknown): Promise<T | null> {
    return this.#ask((connection) => connection.oneOrNone<T>(query, values));
  }

  none(query: string, values?: unknown): Promise<null> {
    return this.#ask((connection) => connection.none(query, values));
  }

  /**
   * Runs `work` in one transaction on a connection of its own.
   * @throws RegistryError UNAVAILABLE if it has to wait too long for its turn, or for what others have locked
   */
  transaction<T>(work: (queries: Queries, connection: Connection) => Promise<T>): Promise<T> {
    const run = (connection: Connection) =>
      connection.tx(async (queries) => {
        if (this.#lockWait !== undefined) await queries.none(`SET LOCAL lock_timeout = ${this.#lockWait}`);
        return work(queries, connection);
      });
    const ask = () => this.#ask(run, Number.POSITIVE_INFINITY);
    return this.#turns === undefined ? ask() : this.#turns.run(ask, this.#poolTimeout, allInUse);
  }

  /**
   * Runs one statement that writes, under the bounds on transactions.
   * @throws RegistryError UNAVAILABLE as `transaction`
   */
  write<T>(query: string, values: unknown): Promise<T> {
    const write = () => this.one<T>(query, values);
    return this.#turns === undefined ? write() : this.#turns.run(write, this.#poolTimeout, allInUse);
  }

  /** Closes the connections; those of a database that does not answer are not waited for. */
  async close(): Promise<void> {
    const ended = this.#db.$pool.end();
    await Promise.race([ended, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** Whatever keeps the database from answering is UNAVAILABLE, everything else is passed on as it is. */
  async #ask<T>(work: (connection: Connection) => Promise<T>, longest = QUERY_TIMEOUT_MS): Promise<T> {
    const attempt = this.#breaker.enter();
    if (attempt === undefined) throw unreachable("PostgreSQL is away");
    try {
      const answer = await this.#attempt(work, longest);
      attempt.end("good");
      return answer;
    } catch (error) {
      const { outcome, told } = judge(error);
      // That it is late, and unresponsive on the connection that listens, too, is enough.
      attempt.end(error instanceof TimedOut && this.#unresponsive() ? "hopeless" : outcome, error);
      throw told;
    }
  }

  async #attempt<T>(work: (connection: Connection) => Promise<T>, longest: number): Promise<T> {
    const connection = await this.#connect();
    let late = false;
    try {
      return await this.#timeouts.within(longest, work(connection));
    } catch (error) {
      late = error instanceof TimedOut;
      throw error;
    } finally {
      // A connection that still owes an answer serves nobody else.
      await connection.done(late);
    }
  }

  async #connect(): Promise<Connection> {
    const connecting = this.#db.connect();
    try {
      // The pool looks after its own time limit.
      return await this.#timeouts.within(Number.POSITIVE_INFINITY, connecting);
    } catch (cause) {
      if (!(cause instanceof TimedOut)) throw noConnection(cause);
      void connecting.then((connection) => connection.done()).catch(() => undefined);
      throw cause;
    }
  }
}
