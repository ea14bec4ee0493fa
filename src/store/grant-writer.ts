/** Grants that are written by logins and first sights, many at once, but none while a push writes the same table. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, tryLock } from "../database/advisory-locks.ts";
import type { Announce, ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database, Queries } from "../database/database.ts";
import { unavailable } from "../model/errors.ts";
import { SingleFlight } from "../resilience/single-flight.ts";

/** Milliseconds that a push is waited for, and between two looks whether it is through. */
const LOCK_TIMEOUT_MS = 10_000;
const RETRY_INTERVAL_MS = 50;

/** Writes grants while no push of the same grants does. */
export class GrantWriter {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #lock: Lock;
  readonly #looking = new SingleFlight<void>();

  /** @param lock that pushes of these grants take for themselves alone */
  constructor(db: Database, changes: ChangeFeed, lock: Lock) {
    this.#db = db;
    this.#changes = changes;
    this.#lock = lock;
  }

  /**
   * Runs `work` in a transaction while no push writes. Waiting takes no connection: pulls need them, and a push may take
   * longer than they can wait.
   * @throws RegistryError UNAVAILABLE if a push takes too long
   */
  async write<T>(work: (queries: Queries, announce: Announce) => Promise<T>): Promise<T> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    while (performance.now() < end) {
      const written = await this.writeNow(work);
      if (written !== undefined) return written.result;
      // One look for all who wait.
      await this.#looking.join("", () => this.#untilFree());
    }
    throw unavailable("a push of the same grants is being written", 2);
  }

  /** The same, or nothing at all if a push writes now. */
  writeNow<T>(
    work: (queries: Queries, announce: Announce) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) =>
      (await tryLock(queries, this.#lock)) ? { result: await work(queries, announce) } : undefined,
    );
  }

  async #untilFree(): Promise<void> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    // Outside of a transaction a lock that is taken is given back at once.
    do await sleep(RETRY_INTERVAL_MS, undefined, { ref: false });
    while (performance.now() < end && !(await tryLock(this.#db, this.#lock)));
  }
}
