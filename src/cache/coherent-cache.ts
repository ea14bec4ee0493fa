/**
 * A bounded cache that the change feed keeps coherent with the database. It invalidates entries when they change, is
 * bypassed while the change feed is disconnected, and rejects values that were read before a change.
 */
import type { Change, ChangeKind } from "../database/change-feed/change.ts";
import type { Feed } from "../database/change-feed/change-feed.ts";
import { isUnreachable } from "../database/errors.ts";
import type { BoundedCache, CacheStatistics } from "./bounded-cache.ts";

/** Version of a cache, taken when a query is sent. */
export type CacheVersion = number;

/** Dependencies of a coherent cache. */
export interface CoherentCacheOptions<Value> {
  readonly changes: Feed;
  readonly cache: BoundedCache<Value>;
  /**
   * Kinds of change that invalidate entries, each with a function from the key of a change to the key of an entry.
   * Undefined invalidates all entries.
   */
  readonly invalidatedBy: Partial<Record<ChangeKind, (key: string) => string | undefined>>;
}

/** Caches values while the change feed is connected, and serves stale ones during its grace period. */
export class CoherentCache<Value> {
  readonly #changes: Feed;
  readonly #cache: BoundedCache<Value>;
  readonly #invalidatedBy: CoherentCacheOptions<Value>["invalidatedBy"];
  /** Grows with every event that may have outdated the results of pending queries. */
  #version = 0;

  constructor({ changes, cache, invalidatedBy }: CoherentCacheOptions<Value>) {
    this.#changes = changes;
    this.#cache = cache;
    this.#invalidatedBy = invalidatedBy;
    changes.listen({
      changed: (change) => this.#apply(change),
      disconnected: () => {
        this.#version += 1;
      },
      connected: () => this.#invalidateAll(),
    });
  }

  /** Returns the cached value; undefined while the change feed is disconnected. */
  get(key: string): Value | undefined {
    return this.#changes.connected ? this.#cache.get(key) : undefined;
  }

  /** Returns the value that was cached when the change feed disconnected; undefined after the grace period. */
  getStale(key: string): Value | undefined {
    return this.#changes.inGracePeriod ? this.#cache.get(key) : undefined;
  }

  /** Returns the current version, to be taken before a query is sent to the database. */
  version(): CacheVersion {
    return this.#version;
  }

  /** True if nothing has changed since that version, so that the result of a query sent then may be cached. */
  isCurrent(version: CacheVersion): boolean {
    return (this.#changes.connected || this.#changes.inGracePeriod) && version === this.#version;
  }

  /** Removes an entry that the database no longer has. */
  invalidate(key: string): void {
    this.#cache.delete(key);
  }

  /** Caches the result of a query, unless something has changed since the query was sent. */
  put(version: CacheVersion, key: string, value: Value, bytes: number): void {
    if (this.isCurrent(version)) this.#cache.put(key, value, bytes);
  }

  get statistics(): CacheStatistics {
    return this.#cache.statistics;
  }

  /** Removes entries, and rejects the results of pending queries. @param text text in their keys; all by default */
  clear(text = ""): void {
    this.#version += 1;
    this.#cache.clear(text);
  }

  #apply({ kind, keys }: Change): void {
    const entryKeyOf = this.#invalidatedBy[kind];
    if (entryKeyOf === undefined) return;
    this.#version += 1;
    for (const key of keys?.map(entryKeyOf) ?? [undefined]) {
      if (key === undefined) this.#cache.clear();
      else this.#cache.delete(key);
    }
  }

  #invalidateAll(): void {
    this.#version += 1;
    this.#cache.clear();
  }
}

/**
 * Resolves to the result of a query, or to a stale value if the database is unreachable.
 * @param stale returns undefined if there is no stale value
 * @throws the error of the query
 */
export async function orStale<Result>(
  query: Promise<Result>,
  stale: () => Result | undefined,
): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    const value = isUnreachable(error) ? stale() : undefined;
    if (value === undefined) throw error;
    return value;
  }
}
