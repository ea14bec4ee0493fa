/** Cache of tokens. Unknown tokens are never cached, because a token may be issued at any moment. */

import { BatchedLookup } from "../../database/batched-lookup.ts";
import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { StoredToken } from "../../model/logins.ts";
import type { TokenStore } from "../../store/tokens.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";

interface CachedToken {
  readonly userId: number;
  readonly userName: string;
  /** Expiry on the monotonic clock. */
  readonly expiresMs: number;
}

/** Caches tokens by checksum. */
export class CachedTokens {
  readonly #tokens: CoherentCache<CachedToken>;
  readonly #lookup: BatchedLookup<string, StoredToken | undefined>;

  /** @param limitBytes bound of all cached tokens */
  constructor(tokens: Pick<TokenStore, "find">, changes: Feed, limitBytes: number) {
    const invalidatedBy = { tokens: (checksum: string) => checksum };
    this.#tokens = new CoherentCache({ changes, cache: new BoundedCache(limitBytes), invalidatedBy });
    this.#lookup = new BatchedLookup((checksums) => tokens.find(checksums));
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#tokens];
  }

  /** @param checksum SHA-256 of the token, hexadecimal */
  async find(checksum: string): Promise<StoredToken | undefined> {
    const now = performance.now();
    const cached = unexpired(this.#tokens.get(checksum), now);
    if (cached !== undefined) return cached;
    const version = this.#tokens.version();
    const found = await orStale(this.#lookup.find(checksum, checksum), () =>
      unexpired(this.#tokens.getStale(checksum), performance.now()),
    );
    if (found === undefined) {
      this.#tokens.invalidate(checksum);
      return undefined;
    }
    const { userId, userName, secondsLeft } = found;
    // Counted from before the query, so that no token is cached beyond its expiry.
    const value = { userId, userName, expiresMs: now + secondsLeft * 1000 };
    this.#tokens.put(version, checksum, value, 2 * userName.length + 64);
    return found;
  }
}

function unexpired(token: CachedToken | undefined, now: number): StoredToken | undefined {
  if (token === undefined || token.expiresMs <= now) return undefined;
  const { userId, userName, expiresMs } = token;
  return { userId, userName, secondsLeft: (expiresMs - now) / 1000 };
}
