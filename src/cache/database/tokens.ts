/** Tokens in front of PostgreSQL. That a token is not known is never remembered: it may be made at any moment. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { KnownToken } from "../../model/logins.ts";
import type { TokenCache } from "../../store/tokens.ts";
import { orRecalled, Vouched } from "../coherent-cache.ts";
import { Memory } from "../lru-cache.ts";
import { Lookup } from "./batched-lookup.ts";

interface Remembered {
  readonly userId: number;
  readonly userName: string;
  /** By the process's own clock, which no one sets; in milliseconds. */
  readonly end: number;
}

/** Tokens in front of PostgreSQL. */
export class KnownTokens {
  readonly #memory: Vouched<Remembered>;
  readonly #lookup: Lookup<string, KnownToken | undefined>;

  /** @param limit bytes to remember tokens in */
  constructor(tokens: Pick<TokenCache, "find">, changes: Feed, limit: number) {
    const concerns = { tokens: (checksum: string) => checksum };
    this.#memory = new Vouched({ changes, memory: new Memory(limit), concerns });
    this.#lookup = new Lookup((checksums) => tokens.find(checksums));
  }

  /** @param checksum SHA-256 of the token, hexadecimal */
  async find(checksum: string): Promise<KnownToken | undefined> {
    const now = performance.now();
    const remembered = living(this.#memory.get(checksum), now);
    if (remembered !== undefined) return remembered;
    const ticket = this.#memory.ticket();
    const known = await orRecalled(this.#lookup.ask(checksum, checksum), () =>
      living(this.#memory.recall(checksum), performance.now()),
    );
    if (known === undefined) {
      this.#memory.drop(checksum);
      return undefined;
    }
    const { userId, userName, secondsLeft } = known;
    // Counted from before the question, so that nothing is remembered for longer than it is good.
    const value = { userId, userName, end: now + secondsLeft * 1000 };
    this.#memory.put(ticket, checksum, value, 2 * userName.length + 64);
    return known;
  }
}

function living(remembered: Remembered | undefined, now: number): KnownToken | undefined {
  if (remembered === undefined || remembered.end <= now) return undefined;
  const { userId, userName, end } = remembered;
  return { userId, userName, secondsLeft: (end - now) / 1000 };
}
