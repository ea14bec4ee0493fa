/** Writes grants of single subjects, at a login or the first request of a host: concurrently, but never during a sync of the same table. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, tryLock } from "../database/advisory-locks.ts";
import type { Announce, ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database, Queries } from "../database/database.ts";
import { unavailable } from "../model/errors.ts";
import { SingleFlight } from "../resilience/single-flight.ts";

/** Timeout of waiting for a sync, and interval of checking for its end. */
const LOCK_TIMEOUT_MS = 10_000;
const RETRY_INTERVAL_MS = 50;

/** Runs transactions that write grants while no sync of the same grants is being applied. */
export class GrantWriter {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #lock: Lock;
  readonly #waiting = new SingleFlight<void>();

  /** @param lock lock that syncs of these grants hold exclusively */
  constructor(db: Database, changes: ChangeFeed, lock: Lock) {
    this.#db = db;
    this.#changes = changes;
    this.#lock = lock;
  }

  /**
   * Runs `work` in a transaction as soon as no sync is being applied. It holds no connection while it waits, because a sync
   * may take long and pulls need the connections.
   * @throws RegistryError UNAVAILABLE if a sync takes too long
   */
  async write<T>(work: (queries: Queries, announce: Announce) => Promise<T>): Promise<T> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    while (performance.now() < end) {
      const written = await this.writeNow(work);
      if (written !== undefined) return written.result;
      // All waiting writers share one check.
      await this.#waiting.join("", () => this.#untilFree());
    }
    throw unavailable("a sync of the same grants is being applied", 2);
  }

  /** Does the same, but does nothing and resolves to undefined if a sync is being applied. */
  writeNow<T>(
    work: (queries: Queries, announce: Announce) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) =>
      (await tryLock(queries, this.#lock)) ? { result: await work(queries, announce) } : undefined,
    );
  }

  async #untilFree(): Promise<void> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    // Outside of a transaction the lock is released at once.
    do await sleep(RETRY_INTERVAL_MS, undefined, { ref: false });
    while (performance.now() < end && !(await tryLock(this.#db, this.#lock)));
  }
}
