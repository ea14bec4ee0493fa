/** Keys of nested forms: a name, then segments in brackets, where `[]` is the next element of a list. */
import type { Buffer } from "node:buffer";
import { FormError } from "./body-errors.ts";
import { decodeText } from "./form-text.ts";

/** What a key means in the shape of one push. */
type KeyMeaning = "nothing" | "entry" | "subject" | "field";

/** A key as one shape understands it. Only a `field` takes a value. */
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

/** How one push nests its keys. */
export interface Shape {
  /** The name that all its keys begin with. */
  collection: string;
  /** What may stand there, for error texts. */
  expected: string;
  /** Meaning of the segments after the collection's name, an empty one for `[]`; undefined where they don't fit. */
  key(segments: readonly string[]): Key | undefined;
}

const OPEN = 0x5b;
const CLOSE = 0x5d;

/**
 * Splits `bytes[start..end)` at literal brackets, decodes the parts, asks the shape what they mean.
 *
 * @param base where in the body `bytes` begins
 * @throws FormError for a key that the shape doesn't have
 */
export function readKey(bytes: Buffer, start: number, end: number, base: number, shape: Shape): Key {
  const segments = splitKey(bytes, start, end, base);
  const key = segments?.shift() === shape.collection ? shape.key(segments) : undefined;
  if (key === undefined) throw new FormError(`unexpected key, expected ${shape.expected}`, base + start);
  return key;
}

/** `name[a][]` as name, a and an empty text; undefined where brackets don't pair up one behind the other. */
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
