/** Keys of nested forms: a name, then segments in brackets, where `[]` is the next element of a list. */
import type { Buffer } from "node:buffer";
import { FormError } from "./body-errors.ts";
import { decodeText } from "./form-text.ts";

/** Meaning of a key in the shape of a sync. */
type KeyMeaning = "nothing" | "entry" | "subject" | "field";

/** A parsed key. Only a `field` takes a value. */
export interface Key {
  /**
   * `nothing`: the collection itself, empty; `entry`: an entry without fields; `subject`: a subject without entries;
   * `field`: a field of an entry, which may be null.
   */
  meaning: KeyMeaning;
  /** Login or uuid; empty in shapes without subjects. */
  subject: string;
  /** Name of the field; empty for other meanings. */
  field: string;
}

/** Nesting of the keys of one kind of sync. */
export interface Shape {
  /** Name that all keys begin with. */
  collection: string;
  /** Expected keys, for error texts. */
  expected: string;
  /** True if the same names come for many subjects, and not once each. */
  hasRecurringNames: boolean;
  /** Interprets the segments after the collection's name (empty for `[]`); undefined if they don't match. */
  key(segments: readonly string[]): Key | undefined;
}

const OPEN = 0x5b;
const CLOSE = 0x5d;

/**
 * Splits `bytes[start..end)` at literal brackets, decodes the segments, and interprets them with the shape.
 *
 * @param base offset of `bytes` in the body
 * @throws FormError for a key that does not match the shape
 */
export function readKey(bytes: Buffer, start: number, end: number, base: number, shape: Shape): Key {
  const segments = splitKey(bytes, start, end, base);
  const key = segments?.shift() === shape.collection ? shape.key(segments) : undefined;
  if (key === undefined) throw new FormError(`unexpected key, expected ${shape.expected}`, base + start);
  return key;
}

/** Splits `name[a][]` into `name`, `a` and an empty text; undefined if the brackets are nested or unbalanced. */
function splitKey(bytes: Buffer, start: number, end: number, base: number): string[] | undefined {
  const parts: string[] = [];
  let from = start;
  let inside = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === OPEN) {
      if (inside || (parts.length > 0 && at > from)) return undefined;
      if (parts.length === 0) parts.push(decodeText(bytes, from, at, base));
      inside = true;
      from = at + 1;
    } else if (byte === CLOSE) {
      if (!inside) return undefined;
      parts.push(decodeText(bytes, from, at, base));
      inside = false;
      from = at + 1;
    }
  }
  if (inside || (parts.length > 0 && from < end)) return undefined;
  if (parts.length === 0) parts.push(decodeText(bytes, from, end, base));
  return parts;
}
