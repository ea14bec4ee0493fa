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
import type { SyncChange, SyncContext, SyncKind } from "../../model/syncs.ts";
import { StepTimes } from "./step-times.ts";
import { type Arrival, arrivalOf, isOutdated } from "./sync-order.ts";
import { NO_CHANGE, outcomeOf, recordOf, type StoredRecord, type SyncRecords } from "./sync-records.ts";

/** Work of one kind of sync. */
export interface SyncWork {
  readonly kind: SyncKind;
  /** Locks held while the sync is applied, in the order in which they are acquired. */
  readonly locks: readonly Lock[];
  /** Reads the whole body into temporary tables. No lock is held meanwhile, so a slow sender delays no other sync. */
  readonly stage: (queries: Queries, connection: Connection) => Promise<void>;
  /** Applies the staged rows, and announces the changes. */
  readonly apply: (
    queries: Queries,
    announce: Announce,
    arrival: Arrival,
    connection: Connection,
    times: StepTimes,
  ) => Promise<SyncChange>;
}

/** Timeout of waiting for other syncs. Katello waits 60 s for the reply. */
const LOCK_TIMEOUT_S = 50;

/** An applied sync, with the seconds of its steps. */
export type AppliedSync = StoredRecord & { readonly step_seconds: StepTimes["seconds"] };

const OUTDATED = "outdated: a newer sync has been applied";

/** Applies and records syncs. */
export class Syncs {
  readonly #writes: Database;
  readonly #changes: ChangeFeed;
  readonly #records: SyncRecords;

  /** @param writes pool of the syncs, whose connections may all be in use for long */
  constructor(writes: Database, changes: ChangeFeed, records: SyncRecords) {
    this.#writes = writes;
    this.#changes = changes;
    this.#records = records;
  }

  /** Applies a sync and records it in the same transaction. A failed one is recorded afterwards. */
  async apply(sync: SyncContext, work: SyncWork): Promise<AppliedSync> {
    const times = new StepTimes(sync.started);
    try {
      times.end("read");
      return await this.#changes.transaction(this.#writes, (queries, connection, announce) => {
        times.end("wait");
        return this.#apply(queries, connection, announce, sync, work, times);
      });
    } catch (error) {
      await this.#records.addFailed(recordOf(work.kind, sync, NO_CHANGE, outcomeOf(error)), sync.started);
      throw error;
    }
  }

  async #apply(
    queries: Queries,
    connection: Connection,
    announce: Announce,
    sync: SyncContext,
    { kind, locks, stage, apply }: SyncWork,
    times: StepTimes,
  ): Promise<AppliedSync> {
    await queries.none("SET LOCAL work_mem = '64MB'");
    const arrival = await arrivalOf(queries, sync);
    await stage(queries, connection);
    times.end("read");
    for (const name of locks) {
      const left = LOCK_TIMEOUT_S - (performance.now() - sync.started) / 1000;
      await lock(queries, name, Math.max(1, left));
    }
    times.end("wait");
    const record = (await isOutdated(queries, kind, arrival))
      ? recordOf(kind, sync, NO_CHANGE, OUTDATED)
      : recordOf(kind, sync, await apply(queries, announce, arrival, connection, times), "done");
    await this.#records.add(queries, record, arrival);
    times.end("write");
    return { ...record, step_seconds: times.seconds };
  }
}
