/** Tokens in front of PostgreSQL. That a token is not known is never remembered: it may be made at any moment. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { StoredToken } from "../../model/logins.ts";
import type { TokenStore } from "../../store/tokens.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";
import { BatchedLookup } from "./batched-lookup.ts";

interface Remembered {
  readonly userId: number;
  readonly userName: string;
  /** By the process's own clock, which no one sets; in milliseconds. */
  readonly end: number;
}

/** Tokens in front of PostgreSQL. */
export class CachedTokens {
  readonly #memory: CoherentCache<Remembered>;
  readonly #lookup: BatchedLookup<string, StoredToken | undefined>;

  /** @param limit bytes to remember tokens in */
  constructor(tokens: Pick<TokenStore, "find">, changes: Feed, limit: number) {
    const concerns = { tokens: (checksum: string) => checksum };
    this.#memory = new CoherentCache({ changes, cache: new BoundedCache(limit), invalidatedBy: concerns });
    this.#lookup = new BatchedLookup((checksums) => tokens.find(checksums));
  }

  /** @param checksum SHA-256 of the token, hexadecimal */
  async find(checksum: string): Promise<StoredToken | undefined> {
    const now = performance.now();
    const remembered = living(this.#memory.get(checksum), now);
    if (remembered !== undefined) return remembered;
    const ticket = this.#memory.version();
    const known = await orStale(this.#lookup.ask(checksum, checksum), () =>
      living(this.#memory.getStale(checksum), performance.now()),
    );
    if (known === undefined) {
      this.#memory.invalidate(checksum);
      return undefined;
    }
    const { userId, userName, secondsLeft } = known;
    // Counted from before the question, so that nothing is remembered for longer than it is good.
    const value = { userId, userName, end: now + secondsLeft * 1000 };
    this.#memory.put(ticket, checksum, value, 2 * userName.length + 64);
    return known;
  }
}

function living(remembered: Remembered | undefined, now: number): StoredToken | undefined {
  if (remembered === undefined || remembered.end <= now) return undefined;
  const { userId, userName, end } = remembered;
  return { userId, userName, secondsLeft: (end - now) / 1000 };
}
