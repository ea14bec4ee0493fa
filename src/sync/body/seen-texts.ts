/**
 * Cache of the texts of values, by their bytes. The names of a mapping come again for each of its subjects: here each is decoded once,
 * and has a place afterwards, an index by which others keep what they found out about it.
 */
import { endsValue, isEqualAt } from "./byte-search.ts";

/** Bounds: texts beyond them are decoded each time, and have no place. */
const MAX_TEXTS = 65_536;
const MAX_BYTES = 4 * 1024 * 1024;
/** A text with more neighbours of the same hash is not kept, so that no form can make the search long. */
const MAX_PROBES = 8;

const MIN_SLOTS = 256;
const INITIAL_BYTES = 4_096;

function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** Caches texts, and which of them followed which. */
export class SeenTexts {
  /** Place of a text, plus 1, by its hash; 0 for a free slot. */
  #slots = new Int32Array(MIN_SLOTS);
  readonly #texts: string[] = [];
  #hashes = new Int32Array(MIN_SLOTS);
  /** Beginnings of the bytes of each text, and the end of those of the last one. */
  #starts = new Int32Array(MIN_SLOTS);
  /** Place of the text that followed each of them last, plus 1; 0 for none. */
  #followers = new Int32Array(MIN_SLOTS);
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);

  /** Returns the place of the bytes from `start` to `end`; -1 if they are not cached. @param hash hash of these bytes */
  find(view: DataView, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const place = (this.#slots[(hash + probe) & mask] ?? 0) - 1;
      if (place < 0) return -1;
      if (this.#hashes[place] !== hash) continue;
      if (this.#lengthOf(place) === end - start && this.#isAt(place, view, start)) return place;
    }
    return -1;
  }

  /**
   * Returns the place of the text that followed another one the last time, if it is the value at `start`; -1 if not. Most subjects
   * have their names in the same order, so that most values need not be searched.
   * @param before place of the other text, or -1
   * @param end end of the bytes
   */
  findAfter(before: number, view: DataView, start: number, end: number): number {
    const place = before < 0 ? -1 : (this.#followers[before] ?? 0) - 1;
    if (place < 0) return -1;
    const valueEnd = start + this.#lengthOf(place);
    return endsValue(view, valueEnd, end) && this.#isAt(place, view, start) ? place : -1;
  }

  /** Notes that a text followed another one. @param before place of the other one, or -1 */
  follow(before: number, place: number): void {
    if (before >= 0) this.#followers[before] = place + 1;
  }

  /** The text at a place. */
  textAt(place: number): string {
    return this.#texts[place] ?? "";
  }

  /** End of the value at a place, if it begins at `start`. */
  endOf(place: number, start: number): number {
    return start + this.#lengthOf(place);
  }

  /** Caches the text of some bytes, and returns its place; -1 if there is no space. @param hash hash of these bytes */
  add(bytes: Uint8Array, hash: number, text: string): number {
    const place = this.#texts.length;
    const from = this.#starts[place] ?? 0;
    const to = from + bytes.length;
    if (place === MAX_TEXTS || to > MAX_BYTES) return -1;
    if (2 * place >= this.#slots.length) this.#growSlots();
    if (!this.#insert(place, hash)) return -1;
    if (to > this.#bytes.length) this.#growBytes(2 * to);
    if (place + 1 === this.#starts.length) {
      this.#hashes = grown(this.#hashes);
      this.#starts = grown(this.#starts);
      this.#followers = grown(this.#followers);
    }
    this.#bytes.set(bytes, from);
    this.#texts.push(text);
    this.#hashes[place] = hash;
    this.#starts[place + 1] = to;
    return place;
  }

  #lengthOf(place: number): number {
    return (this.#starts[place + 1] ?? 0) - (this.#starts[place] ?? 0);
  }

  #isAt(place: number, view: DataView, start: number): boolean {
    return isEqualAt(view, start, this.#view, this.#starts[place] ?? 0, this.#lengthOf(place));
  }

  #insert(place: number, hash: number): boolean {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (hash + probe) & mask;
      if (this.#slots[slot] !== 0) continue;
      this.#slots[slot] = place + 1;
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
    // One that gets no slot now is decoded anew the next time.
    for (let place = 0; place < this.#texts.length; place += 1) this.#insert(place, this.#hashes[place] ?? 0);
  }
}
