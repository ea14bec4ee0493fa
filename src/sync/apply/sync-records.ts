/** Records of Katello's syncs, also of those that failed, were refused, or came while PostgreSQL was down. */
import type { Database, Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { components } from "../../generated/openapi.ts";
import { isRegistryError } from "../../model/errors.ts";
import {
  KIND_BY_OPERATION,
  type RefusedCall,
  type SyncChange,
  type SyncContext,
  type SyncKind,
} from "../../model/syncs.ts";
import type { Arrival } from "./sync-order.ts";

/** Record of a sync. */
export type SyncRecord = components["schemas"]["SyncRecord"];

/** A record as it is stored. The caller is visible in the database only. */
export type StoredRecord = Omit<SyncRecord, "at"> & { readonly caller: string };

const COLUMNS = `kind, at, seconds, request_id, caller, outcome, bytes, entries, inserted, deleted, unknown, invalid,
                 invalid_entries`;
const VALUES = `$<seconds>::float8, $<request_id>, $<caller>, $<outcome>, $<bytes>::bigint, $<entries>::int,
                $<inserted>::int, $<deleted>::int, $<unknown>::int, $<invalid>::int, $<invalid_entries>::int[]`;

const INSERT = `INSERT INTO pushes (${COLUMNS}) VALUES ($<kind>, $<came>::timestamptz, ${VALUES})`;

/** A failure may be written late. The last record of a kind is its state, so a success since then is not to be followed by it. */
const INSERT_FAILURE = `INSERT INTO pushes (${COLUMNS})
  SELECT $<kind>, came, ${VALUES} FROM (SELECT now() - make_interval(secs => $<age>::float8) AS came) arrival
   WHERE NOT EXISTS (SELECT FROM pushes later WHERE later.kind = $<kind> AND outcome = 'done' AND at > came)`;

/** The same for a refused call. Of the same one again and again the last is kept, so that it does not push others out. */
const INSERT_REFUSAL = `WITH repeated AS (
    DELETE FROM pushes WHERE id = (SELECT max(id) FROM pushes WHERE kind = $<kind>)
       AND caller = $<caller> AND outcome = $<outcome>)
  ${INSERT_FAILURE}`;

/** Keeps 1,000 records, and of each kind the last one and the last successful one, however old they are. */
const TRIM = `DELETE FROM pushes WHERE id IN (
  SELECT id FROM pushes p
   WHERE id < (SELECT id FROM pushes ORDER BY id DESC OFFSET 999 LIMIT 1)
     AND EXISTS (SELECT FROM pushes later
                  WHERE later.kind = p.kind AND later.id > p.id AND (later.outcome = 'done' OR p.outcome <> 'done'))
     FOR UPDATE SKIP LOCKED)`;

/** Change of a sync that has not been applied. */
export const NO_CHANGE: SyncChange = { inserted: 0, deleted: 0, unknown: 0 };

/** Creates the record of a sync that ends now. */
export const recordOf = (
  kind: SyncKind,
  sync: SyncContext,
  change: SyncChange,
  outcome: string,
): StoredRecord => ({
  kind,
  seconds: Math.round(performance.now() - sync.started) / 1000,
  request_id: sync.requestId,
  caller: sync.caller,
  outcome,
  ...sync.counts,
  ...change,
  invalid_entries: sync.invalidEntries,
});

/** Returns the outcome of a failed sync, without internal details. */
export const outcomeOf = (error: unknown): string =>
  isRegistryError(error) ? `${error.data?.code}: ${error.message}` : "UNKNOWN: see the log";

/** Time between two attempts to write the failures that wait: while PostgreSQL is down, or if many calls are refused. */
const RETRY_MS = 10_000;

/** A failure that has not been written, with the time of its arrival by `performance.now()`. */
interface Failure {
  readonly insert: string;
  readonly record: StoredRecord;
  readonly cameMs: number;
}

/** Writes and reads the records. */
export class SyncRecords {
  readonly #database: Database;
  /** The last failure of each kind that has not been written. */
  readonly #unwritten = new Map<SyncKind, Failure>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Records a sync in its own transaction. */
  async add(queries: Queries, record: StoredRecord, arrival: Arrival): Promise<void> {
    await queries.none(...named(INSERT, { ...record, ...arrival }));
    await queries.none(TRIM);
  }

  /** Records a failed sync; while PostgreSQL is down the last one of each kind waits. Never rejects. */
  async addFailed(record: StoredRecord, cameMs: number): Promise<void> {
    const failure = { insert: INSERT_FAILURE, record, cameMs };
    await this.#write(failure).catch(() => this.#keep(failure));
  }

  /** Records a refused call; of many of each kind one in ten seconds. */
  addRefused({ operation, caller, requestId, error }: RefusedCall): void {
    const kind = KIND_BY_OPERATION.get(operation);
    if (kind === undefined) return;
    const started = performance.now();
    const counts = { entries: 0, invalid: 0, bytes: 0 };
    const sync = { requestId, caller, started, counts, invalidEntries: [] };
    const isFirst = this.#timer === undefined;
    const record = recordOf(kind, sync, NO_CHANGE, outcomeOf(error));
    this.#keep({ insert: INSERT_REFUSAL, record, cameMs: started });
    if (isFirst) this.#writeAll();
  }

  /** Returns the last record of each kind. */
  async last(): Promise<SyncRecord[]> {
    const rows = await this.#database.any<Omit<SyncRecord, "at"> & { at: Date }>(
      `SELECT DISTINCT ON (kind) kind, at, seconds, request_id, outcome, bytes::float8, entries, inserted, deleted,
              unknown, invalid, invalid_entries
         FROM pushes ORDER BY kind, id DESC`,
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  /** Writes what waits, if PostgreSQL can be reached. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await Promise.allSettled([...this.#unwritten.values()].map((failure) => this.#write(failure)));
  }

  #keep(failure: Failure): void {
    this.#unwritten.set(failure.record.kind, failure);
    this.#timer ??= this.#later();
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      if (this.#unwritten.size > 0) this.#writeAll();
    }, RETRY_MS).unref();
  }

  #writeAll(): void {
    this.#timer ??= this.#later();
    this.#writing = this.#writing.then(() => this.#writeUnwritten());
  }

  async #writeUnwritten(): Promise<void> {
    for (const [kind, failure] of this.#unwritten) {
      const isWritten = await this.#write(failure).then(
        () => true,
        () => false,
      );
      if (isWritten && this.#unwritten.get(kind) === failure) this.#unwritten.delete(kind);
    }
  }

  async #write({ insert, record, cameMs }: Failure): Promise<void> {
    const statement = () => named(insert, { ...record, age: (performance.now() - cameMs) / 1000 });
    const [text] = statement();
    // What waits for a connection gets older meanwhile, and must not seem to have come later than it has.
    await this.#database.none(text, () => statement()[1]);
    // The record is written: the next one trims.
    await this.#database.none(TRIM).catch(() => undefined);
  }
}
