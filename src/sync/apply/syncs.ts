/** One push at a time of each kind, in one transaction, and the record of it. */

import { type Lock, lock } from "../../database/advisory-locks.ts";
import type { Announce, ChangeFeed } from "../../database/change-feed/change-feed.ts";
import type { Connection, Database, Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { components } from "../../generated/openapi.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { SyncChange, SyncContext, SyncKind } from "../../model/syncs.ts";
import { type Arrival, arrivalOf, isOutdated } from "../../store/recency.ts";

/** What is remembered of a push. */
export type SyncRecord = components["schemas"]["SyncRecord"];

/** How a push is brought in. */
export interface SyncWork {
  readonly kind: SyncKind;
  /** Held while it is applied, taken in this order. */
  readonly locks: readonly Lock[];
  /** Reads the whole body into temporary tables. Nobody waits for a sender that is slow. */
  readonly stage: (queries: Queries, connection: Connection) => Promise<void>;
  /** Makes what is known what was pushed, and announces what that changes. */
  readonly apply: (queries: Queries, announce: Announce, arrival: Arrival) => Promise<SyncChange>;
}

/** Seconds until a push that waits for others is given up; Katello waits 60 for its answer. */
const LOCK_TIMEOUT_S = 50;

const INSERT = `INSERT INTO pushes (kind, at, seconds, request_id, caller, outcome, bytes, entries, inserted, deleted,
                                    unknown, invalid, invalid_entries)
  VALUES ($<kind>, coalesce($<came>::timestamptz, now() - make_interval(secs => $<seconds>::float8)), $<seconds>::float8, $<request_id>,
          $<caller>, $<outcome>, $<bytes>, $<entries>, $<inserted>, $<deleted>, $<unknown>, $<invalid>,
          $<invalid_entries>::int[])`;

/** Keeps 1,000 pushes, and of each kind the last and the last good one, however old they are. */
const TRIM = `DELETE FROM pushes WHERE id IN (
  SELECT id FROM pushes p
   WHERE id < (SELECT id FROM pushes ORDER BY id DESC OFFSET 999 LIMIT 1)
     AND EXISTS (SELECT FROM pushes later
                  WHERE later.kind = p.kind AND later.id > p.id AND (later.outcome = 'done' OR p.outcome <> 'done'))
     FOR UPDATE SKIP LOCKED)`;

/** As it is stored: who pushed is for those who may look into the database. */
type Draft = Omit<SyncRecord, "at"> & { readonly caller: string };

function draft(kind: SyncKind, push: SyncContext, change: SyncChange, outcome: string): Draft {
  return {
    kind,
    seconds: Math.round(performance.now() - push.started) / 1000,
    request_id: push.requestId,
    caller: push.caller,
    outcome,
    ...push.counts,
    ...change,
    invalid_entries: push.invalidEntries,
  };
}

const OUTDATED = "outdated: a later push was in force before this one was read";
const NO_CHANGE: SyncChange = { inserted: 0, deleted: 0, unknown: 0 };

/** Why a push failed, in words that anybody may read. */
const outcomeOf = (error: unknown): string =>
  isRegistryError(error) ? `${error.data?.code}: ${error.message}` : "UNKNOWN: see the log";

/** Brings pushes in, and knows what became of them. */
export class Syncs {
  readonly #reads: Database;
  readonly #writes: Database;
  readonly #changes: ChangeFeed;

  /** @param writes the connections of pushes, which may all be taken for long */
  constructor(reads: Database, writes: Database, changes: ChangeFeed) {
    this.#reads = reads;
    this.#writes = writes;
    this.#changes = changes;
  }

  /** Brings in a push and records it: both happen, or neither. One that fails is recorded afterwards. */
  async apply(push: SyncContext, work: SyncWork): Promise<Draft> {
    try {
      return await this.#changes.transaction(this.#writes, (queries, connection, announce) =>
        this.#apply(queries, connection, announce, push, work),
      );
    } catch (error) {
      const record = draft(work.kind, push, NO_CHANGE, outcomeOf(error));
      // Without the database there is only the log.
      await this.#recordAlone(record).catch(() => undefined);
      throw error;
    }
  }

  async #recordAlone(record: Draft): Promise<void> {
    await this.#reads.none(...named(INSERT, { ...record, came: null }));
    await this.#reads.none(TRIM);
  }

  async #apply(
    queries: Queries,
    connection: Connection,
    announce: Announce,
    push: SyncContext,
    { kind, locks, stage, apply }: SyncWork,
  ): Promise<Draft> {
    await queries.none("SET LOCAL work_mem = '64MB'");
    const arrival = await arrivalOf(queries, push);
    await stage(queries, connection);
    for (const name of locks) {
      const left = LOCK_TIMEOUT_S - (performance.now() - push.started) / 1000;
      await lock(queries, name, Math.max(1, left));
    }
    const record = (await isOutdated(queries, kind, arrival))
      ? draft(kind, push, NO_CHANGE, OUTDATED)
      : draft(kind, push, await apply(queries, announce, arrival), "done");
    await queries.none(...named(INSERT, { ...record, ...arrival }));
    await queries.none(TRIM);
    return record;
  }

  /** The last push of each kind. */
  async last(): Promise<SyncRecord[]> {
    const rows = await this.#reads.any<Omit<SyncRecord, "at"> & { at: Date }>(
      `SELECT DISTINCT ON (kind) kind, at, seconds, request_id, outcome, bytes::float8, entries, inserted, deleted,
              unknown, invalid, invalid_entries
         FROM pushes ORDER BY kind, id DESC`,
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }
}
