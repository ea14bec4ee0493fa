/** The connection pool. Whatever keeps PostgreSQL from answering becomes UNAVAILABLE, never "no". */
import pgPromise, { type IConnected, type IDatabase, type ITask } from "pg-promise";
import { registryError } from "../errors.ts";
import { codeOf, reasonOf } from "../reasons.ts";

/** How the database is reached. */
export interface DatabaseOptions {
  /** A libpq URL, also over a unix socket. */
  readonly connectionString: string;
  readonly maxConnections: number;
  /** Seconds that a question waits for a free connection. */
  readonly poolTimeout: number;
  /** Milliseconds that a statement may take; none when absent. */
  readonly statementTimeout?: number;
  /** Told of connections that break while idle. */
  readonly onIdleError: (error: Error) => void;
}

/** What asks and answers: the pool, one connection, or a transaction. */
export type Queries = Pick<ITask<object>, "any" | "one" | "oneOrNone" | "none" | "result">;
/** One connection for itself, whose plain client COPY needs. */
export type Connection = IConnected<object, import("pg-promise/typescript/pg-subset.js").IClient>;

/** SQLSTATE classes and codes that mean "not now": connection, resources, operator intervention, read-only, timeouts. */
const OUTAGE = /^(?:08|53|57|58|25006|55000|55P03|40001|40P01|3D000|28)/;
const SYSTEM = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
const POOL = /timeout|terminated|connection error|not queryable|Client was closed/i;

function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  return code === "" ? POOL.test(reasonOf(error)) : OUTAGE.test(code) || SYSTEM.has(code);
}

/** Passes an outage on as UNAVAILABLE and everything else as it is. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    const headers = { "Retry-After": "2" };
    throw registryError("UNAVAILABLE", { message: "the database does not answer", headers, cause });
  }
}

const library = pgPromise({ noWarnings: true });

/** A pool of connections to PostgreSQL. */
export class Database implements Pick<Queries, "any" | "one" | "oneOrNone" | "none"> {
  readonly #db: IDatabase<object>;

  constructor(options: DatabaseOptions) {
    this.#db = library({
      connectionString: options.connectionString,
      max: options.maxConnections,
      connectionTimeoutMillis: options.poolTimeout * 1000,
      application_name: "container-gateway",
      keepAlive: true,
      ...(options.statementTimeout === undefined ? {} : { query_timeout: options.statementTimeout }),
    });
    this.#db.$pool.on("error", options.onIdleError);
  }

  any<T>(query: string, values?: unknown): Promise<T[]> {
    return orUnavailable(this.#db.any<T>(query, values));
  }

  one<T>(query: string, values?: unknown): Promise<T> {
    return orUnavailable(this.#db.one<T>(query, values));
  }

  oneOrNone<T>(query: string, values?: unknown): Promise<T | null> {
    return orUnavailable(this.#db.oneOrNone<T>(query, values));
  }

  none(query: string, values?: unknown): Promise<null> {
    return orUnavailable(this.#db.none(query, values));
  }

  /** Runs `work` in one transaction on a connection of its own. */
  transaction<T>(work: (queries: Queries, connection: Connection) => Promise<T>): Promise<T> {
    return orUnavailable(
      (async () => {
        const connection = await this.#db.connect();
        try {
          return await connection.tx((queries) => work(queries, connection));
        } finally {
          await connection.done();
        }
      })(),
    );
  }

  async close(): Promise<void> {
    await this.#db.$pool.end();
  }
}
