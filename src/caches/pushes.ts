/** One push at a time of each kind, in one transaction, and the record of it. */
import type { components } from "../generated/openapi.ts";
import type { PushChange, PushContext } from "../grants.ts";
import type { Announce, Changes } from "./changes.ts";
import type { Connection, Database, Queries } from "./database.ts";

/** The kinds of pushes, and `users`, which is Katello's question that comes between two of them. */
export type PushKind = components["schemas"]["PushKind"];
/** What is remembered of a push. */
export type PushRecord = components["schemas"]["Push"];

/** The locks of PostgreSQL's advisory kind: the first number is ours, the second says for what. */
const LOCK_CLASS = 7_226_320;
const LOCKS = { repositories: 1, user_grants: 2, hosts: 3, host_grants: 4, user_grants_apply: 5 } as const;
export type Lock = keyof typeof LOCKS;

/** Waits for a lock until the end of the transaction, at most `seconds`; PostgreSQL then answers 55P03. */
export async function lock(
  queries: Queries,
  name: Lock,
  mode: "exclusive" | "shared",
  seconds: number,
): Promise<void> {
  await queries.none(`SET LOCAL lock_timeout = '${seconds}s'`);
  const take = mode === "shared" ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  await queries.any(`SELECT ${take}($1, $2)`, [LOCK_CLASS, LOCKS[name]]);
}

/** Takes a lock together with others of the same mode until the end of the transaction, if it is free for that now. */
export async function tryLock(queries: Queries, name: Lock): Promise<boolean> {
  const { taken } = await queries.one<{ taken: boolean }>(
    "SELECT pg_try_advisory_xact_lock_shared($1, $2) AS taken",
    [LOCK_CLASS, LOCKS[name]],
  );
  return taken;
}

/** Katello waits 60 s for its answer. */
const LONGEST_WAIT = 50;

export class PushLog {
  readonly #db: Database;
  readonly #changes: Changes;

  constructor(db: Database, changes: Changes) {
    this.#db = db;
    this.#changes = changes;
  }

  /** Applies a push of one kind and records it: both happen, or neither. The next one of this kind waits. */
  async apply(
    kind: PushKind,
    { requestId, counts }: PushContext,
    oneAtATime: Lock,
    work: (queries: Queries, connection: Connection, announce: Announce) => Promise<PushChange>,
  ): Promise<PushChange> {
    return this.#changes.transaction(this.#db, async (queries, connection, announce) => {
      await lock(queries, oneAtATime, "exclusive", LONGEST_WAIT);
      const change = await work(queries, connection, announce);
      await queries.none(
        `INSERT INTO pushes (kind, request_id, entries, inserted, deleted, invalid, unknown)
         VALUES ($<kind>, $<requestId>, $<entries>, $<inserted>, $<deleted>, $<invalid>, $<unknown>)`,
        { kind, requestId, ...counts, ...change },
      );
      return change;
    });
  }

  /** The last push of each kind. */
  async last(): Promise<PushRecord[]> {
    const rows = await this.#db.any<Omit<PushRecord, "at"> & { at: Date }>(
      `SELECT DISTINCT ON (kind) kind, at, entries, inserted, deleted, invalid, unknown
         FROM pushes ORDER BY kind, id DESC`,
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }
}
