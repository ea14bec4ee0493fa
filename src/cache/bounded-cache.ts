/**
 * A cache in memory, bounded in bytes. It evicts in the order of insertion, but keeps entries that were read meanwhile for
 * one more round (the "second chance" or CLOCK algorithm).
 */

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  used: boolean;
}

/** Overhead of an entry, about as measured: the map's slot, the header of the key, the entry object. */
const ENTRY_OVERHEAD_BYTES = 160;

/** Use of a cache since the process started. */
export interface CacheStatistics {
  readonly hits: number;
  readonly misses: number;
  /** Bytes and entries in the cache now. */
  readonly bytes: number;
  readonly entries: number;
}

/** A part of the caches, as operators see it. */
export interface CachePart {
  readonly statistics: CacheStatistics;
  /** Removes entries. @param text text in the keys of those to remove; all by default */
  clear(text?: string): void;
}

/** Maps keys to values within a bound in bytes, and evicts the entries that were not used recently. */
export class BoundedCache<Value> {
  readonly #limitBytes: number;
  /** Entries in the order of insertion. */
  readonly #entries = new Map<string, Entry<Value>>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  /** @param limitBytes bound of all entries, with their keys and overhead; 0 caches nothing */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#bytes;
  }

  get statistics(): CacheStatistics {
    return { hits: this.#hits, misses: this.#misses, bytes: this.#bytes, entries: this.#entries.size };
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    entry.used = true;
    return entry.value;
  }

  /** Yields the entries whose keys contain a text, without counting that as use. */
  *containing(text: string): Generator<readonly [key: string, value: Value]> {
    for (const [key, { value }] of this.#entries) if (key.includes(text)) yield [key, value];
  }

  /**
   * Caches a value and replaces the previous one. A value that is larger than the limit is not cached.
   * @param bytes size of the value, without its key
   */
  put(key: string, value: Value, bytes: number): void {
    this.delete(key);
    const entry = { value, bytes: bytes + 2 * key.length + ENTRY_OVERHEAD_BYTES, used: false };
    if (entry.bytes > this.#limitBytes) return;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const [oldest, { used }] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return;
      if (used) this.#requeue(oldest);
      else this.delete(oldest);
    }
  }

  #requeue(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.used = false;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  /** Removes entries. @param text text in the keys of those to remove; all by default */
  clear(text = ""): void {
    for (const key of this.#entries.keys()) if (key.includes(text)) this.delete(key);
  }
}
