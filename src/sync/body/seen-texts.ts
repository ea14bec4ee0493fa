/**
 * Texts of values by their bytes. The names of a mapping come again for each of its subjects: here each is decoded once, and is one
 * string afterwards, which is compared and looked up faster than its equals.
 */
import { isEqualAt } from "./byte-search.ts";

/** Bounds: texts beyond them are decoded each time. */
const MAX_TEXTS = 65_536;
const MAX_BYTES = 4 * 1024 * 1024;
/** A text with more neighbours of the same hash is not kept, so that no form can make the search long. */
const MAX_PROBES = 8;

const MIN_SLOTS = 256;
const INITIAL_BYTES = 4_096;

/** Remembers texts. */
export class SeenTexts {
  /** Number of a text from 1 in each slot; 0 for a free one. */
  #slots = new Int32Array(MIN_SLOTS);
  readonly #texts: string[] = [];
  readonly #hashes: number[] = [];
  /** Beginnings of the bytes of each text, and the end of those of the last one. */
  readonly #starts: number[] = [0];
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);

  /** Returns the text of the bytes from `start` to `end`; undefined if it is not known. @param hash hash of these bytes */
  find(view: DataView, start: number, end: number, hash: number): string | undefined {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const number = this.#slots[(hash + probe) & mask] ?? 0;
      if (number === 0) return undefined;
      if (this.#hashes[number - 1] !== hash) continue;
      const from = this.#starts[number - 1] ?? 0;
      const length = (this.#starts[number] ?? 0) - from;
      if (length === end - start && isEqualAt(view, start, this.#view, from, length))
        return this.#texts[number - 1];
    }
    return undefined;
  }

  /** Remembers the text of some bytes, if there is space. @param hash hash of these bytes */
  add(bytes: Uint8Array, hash: number, text: string): void {
    const from = this.#starts.at(-1) ?? 0;
    const to = from + bytes.length;
    if (this.#texts.length === MAX_TEXTS || to > MAX_BYTES) return;
    if (2 * this.#texts.length >= this.#slots.length) this.#growSlots();
    if (!this.#place(this.#texts.length + 1, hash)) return;
    if (to > this.#bytes.length) this.#growBytes(2 * to);
    this.#bytes.set(bytes, from);
    this.#texts.push(text);
    this.#hashes.push(hash);
    this.#starts.push(to);
  }

  #place(number: number, hash: number): boolean {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (hash + probe) & mask;
      if (this.#slots[slot] !== 0) continue;
      this.#slots[slot] = number;
      return true;
    }
    return false;
  }

  #growBytes(length: number): void {
    const before = this.#bytes;
    this.#bytes = new Uint8Array(length);
    this.#bytes.set(before);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #growSlots(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    // One that has no place now is decoded anew the next time.
    for (const [index, hash] of this.#hashes.entries()) this.#place(index + 1, hash);
  }
}
