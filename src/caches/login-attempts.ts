/** Failed logins, counted in PostgreSQL for all gateways together; who is over the bound is known in memory, too. */

import { RateLimiterPostgres } from "rate-limiter-flexible";
import { BoundedMap } from "../bounded-map.ts";
import type { Database } from "./database.ts";

/** Of what so many are allowed. */
export interface AttemptBound {
  /** Tells the keys of one bound from those of another. */
  readonly name: string;
  /** Failures within the window, at the most. */
  readonly most: number;
  /** Seconds from the first failure on. */
  readonly window: number;
}

/** Keys that are over the bound are remembered, so that a flood asks the database nothing. */
const MOST_BLOCKED = 10_000;

/** Failed logins, counted by all gateways together. */
export class LoginAttempts {
  readonly #limiter: RateLimiterPostgres;
  readonly #most: number;
  /** By the process's own clock, in milliseconds. The oldest come first. */
  readonly #blocked = new BoundedMap<string, number>(MOST_BLOCKED);

  constructor(db: Pick<Database, "any">, { name, most, window }: AttemptBound) {
    this.#most = most;
    this.#limiter = new RateLimiterPostgres({
      storeClient: {
        // No names: they make prepared statements, which poolers of transactions don't keep.
        query: async ({ text, values }: { text: string; values: unknown[] }) => {
          const rows = await db.any(text, values);
          return { rows, rowCount: rows.length };
        },
      },
      storeType: "pool",
      tableName: "login_attempts",
      tableCreated: true,
      keyPrefix: name,
      points: most,
      duration: window,
    });
  }

  /** How often a key has failed within the window, and the seconds until another attempt is allowed; 0 for now. */
  async standing(key: string): Promise<{ readonly failures: number; readonly wait: number }> {
    const now = performance.now();
    const until = this.#blocked.get(key);
    if (until !== undefined && until > now) return { failures: this.#most, wait: (until - now) / 1000 };
    const known = await this.#limiter.get(key);
    return known === null
      ? { failures: 0, wait: 0 }
      : { failures: known.consumedPoints, wait: this.#judge(key, known) };
  }

  /** Counts a failure. */
  async fail(key: string): Promise<void> {
    this.#judge(key, await this.#limiter.penalty(key));
  }

  /** Forgets the failures. */
  async forget(key: string): Promise<void> {
    this.#blocked.delete(key);
    await this.#limiter.delete(key);
  }

  #judge(key: string, { consumedPoints, msBeforeNext }: { consumedPoints: number; msBeforeNext: number }) {
    if (consumedPoints < this.#most) return 0;
    this.#blocked.set(key, performance.now() + msBeforeNext);
    return msBeforeNext / 1000;
  }
}
