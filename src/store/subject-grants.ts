/** Replaces the grants of one user or host by a catalog of Katello's, while no sync writes the same table. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, lockIds, tryLock } from "../database/advisory-locks.ts";
import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import { databaseTime, readClock } from "../database/clock.ts";
import type { Database } from "../database/database.ts";
import { unavailable } from "../model/errors.ts";
import type { FetchedGrants, GrantUpdate } from "../model/grants.ts";
import type { StoreClock } from "../model/logins.ts";
import { isRepositoryName } from "../model/names.ts";
import { SingleFlight } from "../resilience/single-flight.ts";
import type { SubjectKind } from "./grant-tables.ts";

/** Timeout of a write that waits for a sync, and the interval between two attempts. */
const SYNC_TIMEOUT_MS = 10_000;
const RETRY_INTERVAL_MS = 50;

/** A user by its id, or a host by its id or, if it is to be added, its uuid. */
export type GrantSubject = { readonly id: number } | { readonly uuid: string };

/** The result of a write. */
export interface GrantWrite {
  /**
   * `stored`; `busy` while a sync writes the same grants; `mapped` if a mapping of all subjects has come since the catalog
   * was fetched, or may have; `newer` if the stored grants are later, or may be.
   */
  readonly outcome: "stored" | "busy" | "mapped" | "newer";
  /** Undefined for a host that is not stored. */
  readonly id: number | undefined;
  /** Number of names that are not listed: they are granted as soon as they are. */
  readonly unlisted: number;
}

interface Row {
  readonly outcome: GrantWrite["outcome"];
  readonly id: number | null;
  readonly listed: number;
  readonly changes: readonly string[];
}

/** The outcome of a write in the words of those who don't wait for it. */
export const updateOf = (outcome: GrantWrite["outcome"]): GrantUpdate =>
  outcome === "busy" ? "busy" : outcome === "mapped" ? "overtaken" : "kept";

/** The function is in migrations/sqls/20261128010000-grant-times-up.sql. */
const REPLACE = `SELECT * FROM gateway_replace_grants($1, $2, $3, $4, $5::timestamptz, $6::timestamptz, $7, $8)`;

/** Writes the grants of one kind of subject. */
export class GrantWriter {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #kind: SubjectKind;
  readonly #lock: Lock;
  readonly #attempts = new SingleFlight<void>();

  /** @param lock that syncs of these grants hold alone */
  constructor(db: Database, changes: ChangeFeed, kind: SubjectKind, lock: Lock) {
    this.#db = db;
    this.#changes = changes;
    this.#kind = kind;
    this.#lock = lock;
  }

  /**
   * Replaces the grants, after a sync that writes them. Waiting holds no connection: pulls need them, and a sync may take
   * longer than they can wait.
   * @param clock a recent reading of the database's clock; read anew if missing
   * @throws RegistryError UNAVAILABLE if a sync takes too long
   */
  async replace(
    subject: GrantSubject,
    grants: FetchedGrants,
    clock?: StoreClock,
  ): Promise<GrantWrite & { readonly outcome: "stored" | "mapped" | "newer" }> {
    const end = performance.now() + SYNC_TIMEOUT_MS;
    while (performance.now() < end) {
      const { outcome, ...write } = await this.tryReplace(subject, grants, clock);
      if (outcome !== "busy") return { outcome, ...write };
      // All who wait share one attempt to get the lock.
      await this.#attempts.join("", () => this.#untilFree());
    }
    throw unavailable("a sync of the same grants is being written", 2);
  }

  /** Replaces the grants likewise, or does nothing while a sync writes them. */
  async tryReplace(
    subject: GrantSubject,
    { repositories, fetchedAt }: FetchedGrants,
    clock?: StoreClock,
  ): Promise<GrantWrite> {
    const names = [...new Set(repositories)];
    const { earliest, latest } = databaseTime(clock ?? (await readClock(this.#db)), fetchedAt);
    const { outcome, id, listed } = await this.#changes.write<Row>(this.#db, REPLACE, [
      this.#kind,
      "id" in subject ? subject.id : null,
      "uuid" in subject ? subject.uuid : null,
      names.filter(isRepositoryName),
      earliest,
      latest,
      ...lockIds(this.#lock),
    ]);
    return { outcome, id: id ?? undefined, unlisted: names.length - listed };
  }

  async #untilFree(): Promise<void> {
    const end = performance.now() + SYNC_TIMEOUT_MS;
    // Outside of a transaction PostgreSQL releases such a lock at once.
    do await sleep(RETRY_INTERVAL_MS, undefined, { ref: false });
    while (performance.now() < end && !(await tryLock(this.#db, this.#lock)));
  }
}
