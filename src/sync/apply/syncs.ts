/**
 * Applies syncs, each in one transaction, and records them.
 *
 * | state    | what happens                                        | next state                                       |
 * |----------|-----------------------------------------------------|--------------------------------------------------|
 * | staging  | the body is copied into temporary tables            | locking; failed if the body is invalid           |
 * | locking  | waits for other syncs of the same tables            | applying; outdated; failed after the timeout     |
 * | applying | the difference is written and announced             | done; failed                                     |
 * | outdated | nothing is written: a later sync is in force        | recorded and committed                           |
 * | done     |                                                     | recorded and committed                           |
 * | failed   | everything is rolled back                           | recorded afterwards, on another connection       |
 */

import { type Lock, lock } from "../../database/advisory-locks.ts";
import type { Announce, ChangeFeed } from "../../database/change-feed/change-feed.ts";
import type { Connection, Database, Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { components } from "../../generated/openapi.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { SyncChange, SyncContext, SyncKind } from "../../model/syncs.ts";
import { type Arrival, arrivalOf, isOutdated } from "../../store/sync-order.ts";

/** Record of a sync. */
export type SyncRecord = components["schemas"]["SyncRecord"];

/** Work of one kind of sync. */
export interface SyncWork {
  readonly kind: SyncKind;
  /** Locks held while the sync is applied, in the order in which they are acquired. */
  readonly locks: readonly Lock[];
  /** Reads the whole body into temporary tables. No lock is held meanwhile, so a slow sender delays no other sync. */
  readonly stage: (queries: Queries, connection: Connection) => Promise<void>;
  /** Applies the staged rows, and announces the changes. */
  readonly apply: (queries: Queries, announce: Announce, arrival: Arrival) => Promise<SyncChange>;
}

/** Timeout of waiting for other syncs. Katello waits 60 s for the reply. */
const LOCK_TIMEOUT_S = 50;

const INSERT = `INSERT INTO pushes (kind, at, seconds, request_id, caller, outcome, bytes, entries, inserted, deleted,
                                    unknown, invalid, invalid_entries)
  VALUES ($<kind>, coalesce($<came>::timestamptz, now() - make_interval(secs => $<seconds>::float8)), $<seconds>::float8, $<request_id>,
          $<caller>, $<outcome>, $<bytes>, $<entries>, $<inserted>, $<deleted>, $<unknown>, $<invalid>,
          $<invalid_entries>::int[])`;

/** Keeps 1,000 records, and of each kind the last one and the last successful one, however old they are. */
const TRIM = `DELETE FROM pushes WHERE id IN (
  SELECT id FROM pushes p
   WHERE id < (SELECT id FROM pushes ORDER BY id DESC OFFSET 999 LIMIT 1)
     AND EXISTS (SELECT FROM pushes later
                  WHERE later.kind = p.kind AND later.id > p.id AND (later.outcome = 'done' OR p.outcome <> 'done'))
     FOR UPDATE SKIP LOCKED)`;

/** A record as it is stored. The caller is visible in the database only. */
type Draft = Omit<SyncRecord, "at"> & { readonly caller: string };

function draft(kind: SyncKind, sync: SyncContext, change: SyncChange, outcome: string): Draft {
  return {
    kind,
    seconds: Math.round(performance.now() - sync.started) / 1000,
    request_id: sync.requestId,
    caller: sync.caller,
    outcome,
    ...sync.counts,
    ...change,
    invalid_entries: sync.invalidEntries,
  };
}

const OUTDATED = "outdated: a newer sync has been applied";
const NO_CHANGE: SyncChange = { inserted: 0, deleted: 0, unknown: 0 };

/** Returns the outcome of a failed sync, without internal details. */
const outcomeOf = (error: unknown): string =>
  isRegistryError(error) ? `${error.data?.code}: ${error.message}` : "UNKNOWN: see the log";

/** Applies and records syncs. */
export class Syncs {
  readonly #reads: Database;
  readonly #writes: Database;
  readonly #changes: ChangeFeed;

  /** @param writes pool of the syncs, whose connections may all be in use for long */
  constructor(reads: Database, writes: Database, changes: ChangeFeed) {
    this.#reads = reads;
    this.#writes = writes;
    this.#changes = changes;
  }

  /** Applies a sync and records it in the same transaction. A failed one is recorded afterwards. */
  async apply(sync: SyncContext, work: SyncWork): Promise<Draft> {
    try {
      return await this.#changes.transaction(this.#writes, (queries, connection, announce) =>
        this.#apply(queries, connection, announce, sync, work),
      );
    } catch (error) {
      const record = draft(work.kind, sync, NO_CHANGE, outcomeOf(error));
      // If the database is unavailable, the failure is only logged.
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
    sync: SyncContext,
    { kind, locks, stage, apply }: SyncWork,
  ): Promise<Draft> {
    await queries.none("SET LOCAL work_mem = '64MB'");
    const arrival = await arrivalOf(queries, sync);
    await stage(queries, connection);
    for (const name of locks) {
      const left = LOCK_TIMEOUT_S - (performance.now() - sync.started) / 1000;
      await lock(queries, name, Math.max(1, left));
    }
    const record = (await isOutdated(queries, kind, arrival))
      ? draft(kind, sync, NO_CHANGE, OUTDATED)
      : draft(kind, sync, await apply(queries, announce, arrival), "done");
    await queries.none(...named(INSERT, { ...record, ...arrival }));
    await queries.none(TRIM);
    return record;
  }

  /** Returns the last record of each kind. */
  async last(): Promise<SyncRecord[]> {
    const rows = await this.#reads.any<Omit<SyncRecord, "at"> & { at: Date }>(
      `SELECT DISTINCT ON (kind) kind, at, seconds, request_id, outcome, bytes::float8, entries, inserted, deleted,
              unknown, invalid, invalid_entries
         FROM pushes ORDER BY kind, id DESC`,
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }
}
