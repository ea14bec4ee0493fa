/**
 * BoundedCache that can be believed: it forgets what changes, is set aside while changes are not heard, and takes nothing that
 * was read before a change.
 */
import type { Change, ChangeKind } from "../database/change-feed/change.ts";
import type { Feed } from "../database/change-feed/change-feed.ts";
import { isUnreachable } from "../database/errors.ts";
import type { BoundedCache } from "./bounded-cache.ts";

/** What was known when a question was asked. */
export type CacheVersion = number;

/** What a memory is kept right by. */
export interface CoherentCacheOptions<Value> {
  readonly changes: Feed;
  readonly cache: BoundedCache<Value>;
  /**
   * The kinds of change that concern it, each with the way from a key of that kind to the key in the memory: undefined
   * where any of them may be meant.
   */
  readonly invalidatedBy: Partial<Record<ChangeKind, (key: string) => string | undefined>>;
}

/** What may be remembered only while the feed hears, or for its grace. */
export class CoherentCache<Value> {
  readonly #changes: Feed;
  readonly #cache: BoundedCache<Value>;
  readonly #concerns: CoherentCacheOptions<Value>["invalidatedBy"];
  /** Counts what may have made an answer old that is still on its way. */
  #version = 0;

  constructor({ changes, cache: memory, invalidatedBy: concerns }: CoherentCacheOptions<Value>) {
    this.#changes = changes;
    this.#cache = memory;
    this.#concerns = concerns;
    changes.listen({
      changed: (change) => this.#forget(change),
      disconnected: () => {
        this.#version += 1;
      },
      connected: () => this.#forgetAll(),
    });
  }

  /** What is remembered: nothing while changes are not heard. */
  get(key: string): Value | undefined {
    return this.#changes.connected ? this.#cache.get(key) : undefined;
  }

  /** What was remembered when changes ceased to be heard, for as long as that may be believed. */
  getStale(key: string): Value | undefined {
    return this.#changes.inGracePeriod ? this.#cache.get(key) : undefined;
  }

  /** To be taken before a question goes to the database. */
  version(): CacheVersion {
    return this.#version;
  }

  /** Whether nothing changed since, so that the answer to a question of that time may be remembered. */
  isCurrent(ticket: CacheVersion): boolean {
    return (this.#changes.connected || this.#changes.inGracePeriod) && ticket === this.#version;
  }

  /** Forgets what the database has just denied. */
  invalidate(key: string): void {
    this.#cache.delete(key);
  }

  /** Remembers an answer, unless something changed since its question was asked. */
  put(ticket: CacheVersion, key: string, value: Value, bytes: number): void {
    if (this.isCurrent(ticket)) this.#cache.put(key, value, bytes);
  }

  #forget({ kind, keys }: Change): void {
    const concern = this.#concerns[kind];
    if (concern === undefined) return;
    this.#version += 1;
    for (const key of keys?.map(concern) ?? [undefined]) {
      if (key === undefined) this.#cache.clear();
      else this.#cache.delete(key);
    }
  }

  #forgetAll(): void {
    this.#version += 1;
    this.#cache.clear();
  }
}

/**
 * The database's answer; where it can't be asked at all, what can be recalled in its place.
 * @param recall gives undefined where nothing can
 * @throws what the question was rejected with
 */
export async function orStale<Result>(
  answer: Promise<Result>,
  recall: () => Result | undefined,
): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    const recalled = isUnreachable(error) ? recall() : undefined;
    if (recalled === undefined) throw error;
    return recalled;
  }
}
