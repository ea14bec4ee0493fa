/**
 * What is remembered in this process, up to a number of bytes. What comes first goes first, but for what was asked for
 * meanwhile: that gets another turn.
 */

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  asked: boolean;
}

/** What an entry costs beside its own bytes: the map's slot, the key's header, the entry. About what was measured. */
const ENTRY_OVERHEAD_BYTES = 160;

/** Values by their keys, within so many bytes; those that were not used for longest give way. */
export class BoundedCache<Value> {
  readonly #limit: number;
  /** In the order of insertion. */
  readonly #entries = new Map<string, Entry<Value>>();
  #bytes = 0;

  /** @param limit in bytes, everything counted; 0 remembers nothing */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.asked = true;
    return entry.value;
  }

  /**
   * Remembers a value in place of the one before; one that is larger than the limit is not remembered.
   * @param bytes what the value takes, without its key
   */
  put(key: string, value: Value, bytes: number): void {
    this.delete(key);
    const entry = { value, bytes: bytes + 2 * key.length + ENTRY_OVERHEAD_BYTES, asked: false };
    if (entry.bytes > this.#limit) return;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const [oldest, { asked }] of this.#entries) {
      if (this.#bytes <= this.#limit) return;
      if (asked) this.#again(oldest);
      else this.delete(oldest);
    }
  }

  #again(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.asked = false;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
