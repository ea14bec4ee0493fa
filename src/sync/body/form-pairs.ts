/**
 * Parser of the pairs of a form, from bytes that end where a pair ends. Most keys of a sync are identical to one of the two
 * previous ones, so these are cached and compared before a key is parsed.
 */
import type { Buffer } from "node:buffer";
import { FormError } from "./body-errors.ts";
import { findValueEnd, isEqualAt, type ValueEnd } from "./byte-search.ts";
import { type Key, readKey, type Shape } from "./form-key.ts";
import { decodeText, MAX_TEXT_BYTES, plainText } from "./form-text.ts";
import { SeenTexts } from "./seen-texts.ts";

/** Receives the pairs in the order of the body. */
export interface PairSink {
  /**
   * `value` is undefined for a key without `=`, which stands for null or an empty collection.
   * @param place index of the value in the reader's cache of texts: equal indexes mean equal values; -1 if it is not cached
   */
  pair(key: Key, value: string | undefined, place: number): void;
}

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;

interface CachedKey {
  /** The key with its `=`, as sent. */
  bytes: DataView;
  key: Key;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

/** Parses pairs and passes them to a sink. */
export class PairReader {
  readonly #shape: Shape;
  readonly #sink: PairSink;
  readonly #seen: SeenTexts | undefined;
  #last: CachedKey | undefined;
  #beforeLast: CachedKey | undefined;
  #pairs = 0;
  /** View of the bytes that are read. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #found: ValueEnd = { end: 0, hash: 0 };
  /** Places of the two previous values. Keys usually alternate, so a value follows the one before the last. */
  #lastPlace = -1;
  #placeBeforeLast = -1;

  constructor(shape: Shape, sink: PairSink) {
    this.#shape = shape;
    this.#sink = sink;
    this.#seen = shape.hasRecurringNames ? new SeenTexts() : undefined;
  }

  /** Number of pairs so far. */
  get pairs(): number {
    return this.#pairs;
  }

  /**
   * Parses the pairs in `bytes[start..end)`, the last of which ends at `end`.
   *
   * @param base offset of `bytes` in the body
   * @throws FormError for a pair that does not match the shape
   */
  read(bytes: Buffer, start: number, end: number, base: number): void {
    this.#view = viewOf(bytes);
    let at = start;
    while (at < end) {
      at = bytes[at] === AMPERSAND ? at + 1 : this.#readPair(bytes, at, end, base) + 1;
    }
  }

  /** Parses the pair that begins at `at`, and returns its end. */
  #readPair(bytes: Buffer, at: number, end: number, base: number): number {
    this.#pairs++;
    const cached = this.#findCached(at, end);
    if (cached !== undefined)
      return this.#readValue(cached.key, bytes, at + cached.bytes.byteLength, end, base);

    let keyEnd = at;
    while (keyEnd < end && bytes[keyEnd] !== EQUALS && bytes[keyEnd] !== AMPERSAND) keyEnd++;
    if (keyEnd - at > MAX_TEXT_BYTES)
      throw new FormError(`a key is longer than ${MAX_TEXT_BYTES} bytes`, base + at);
    const key = readKey(bytes, at, keyEnd, base, this.#shape);
    if (keyEnd === end || bytes[keyEnd] === AMPERSAND) {
      this.#sink.pair(key, undefined, -1);
      return keyEnd;
    }
    if (key.meaning !== "field") throw new FormError("this key takes no value", base + keyEnd);
    this.#beforeLast = this.#last;
    this.#last = { bytes: viewOf(Uint8Array.from(bytes.subarray(at, keyEnd + 1))), key };
    return this.#readValue(key, bytes, keyEnd + 1, end, base);
  }

  /** Returns the cached key of the pair at `at`. Keys usually alternate, so the one before the last is compared first. */
  #findCached(at: number, end: number): CachedKey | undefined {
    const before = this.#beforeLast;
    if (before !== undefined && this.#beginsWith(before.bytes, at, end)) {
      this.#beforeLast = this.#last;
      this.#last = before;
      return before;
    }
    const last = this.#last;
    return last !== undefined && this.#beginsWith(last.bytes, at, end) ? last : undefined;
  }

  #beginsWith(expected: DataView, at: number, end: number): boolean {
    const length = expected.byteLength;
    return end - at >= length && isEqualAt(this.#view, at, expected, 0, length);
  }

  #readValue(key: Key, bytes: Buffer, start: number, end: number, base: number): number {
    const seen = this.#seen;
    if (seen === undefined) return this.#searchValue(key, bytes, start, end, base);
    const before = this.#placeBeforeLast;
    this.#placeBeforeLast = this.#lastPlace;
    const place = seen.findAfter(before, this.#view, start, end);
    if (place < 0) {
      const valueEnd = this.#searchValue(key, bytes, start, end, base);
      seen.follow(before, this.#lastPlace);
      return valueEnd;
    }
    this.#lastPlace = place;
    this.#sink.pair(key, seen.textAt(place), place);
    return seen.endOf(place, start);
  }

  /** Reads a value, and searches it in the cache. */
  #searchValue(key: Key, bytes: Buffer, start: number, end: number, base: number): number {
    const found = this.#found;
    findValueEnd(this.#view, start, end, found);
    if (found.end - start > MAX_TEXT_BYTES)
      throw new FormError(`a value is longer than ${MAX_TEXT_BYTES} bytes`, base + start);
    let place = this.#seen?.find(this.#view, start, found.end, found.hash) ?? -1;
    const text = place < 0 ? readText(bytes, start, found.end, base) : this.#seen?.textAt(place);
    if (place < 0 && text !== undefined)
      place = this.#seen?.add(bytes.subarray(start, found.end), found.hash, text) ?? -1;
    this.#lastPlace = place;
    this.#sink.pair(key, text, place);
    return found.end;
  }
}

function readText(bytes: Buffer, start: number, end: number, base: number): string {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === PERCENT || byte === PLUS || byte >= 0x80) return decodeText(bytes, start, end, base);
  }
  return plainText(bytes, start, end);
}
