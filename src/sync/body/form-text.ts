/** Text in a form: percent-encoded UTF-8 in which `+` is a space (WHATWG URL standard). */
import { Buffer, isUtf8 } from "node:buffer";
import { FormError } from "./body-errors.ts";

/** Maximum length of a key or value, encoded. */
export const MAX_TEXT_BYTES = 64 * 1024;

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

const hexDigit = new Int8Array(256).fill(-1);
for (const [value, digits] of [
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "aA",
  "bB",
  "cC",
  "dD",
  "eE",
  "fF",
].entries()) {
  for (const digit of digits) hexDigit[digit.charCodeAt(0)] = value;
}

/** Scratch buffer, shared by all readers because decoding is synchronous. */
const decoded = Buffer.allocUnsafe(MAX_TEXT_BYTES);

/** Returns the text in `bytes[start..end)`, which must not be encoded: no `%`, no `+`, ASCII only. */
export function plainText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end);
}

/**
 * Decodes the text in `bytes[start..end)`, at most {@link MAX_TEXT_BYTES} bytes.
 *
 * @param base offset of `bytes` in the body
 * @throws FormError at an escape without its two hexadecimal digits, and for text that is not UTF-8
 */
export function decodeText(bytes: Buffer, start: number, end: number, base: number): string {
  let length = 0;
  let seen = 0;
  for (let at = start; at < end; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === PERCENT) {
      const high = at + 2 < end ? (hexDigit[bytes[at + 1] ?? 0] ?? -1) : -1;
      const low = at + 2 < end ? (hexDigit[bytes[at + 2] ?? 0] ?? -1) : -1;
      if (high < 0 || low < 0) throw new FormError("% is not followed by two hexadecimal digits", base + at);
      byte = high * 16 + low;
      at += 2;
    } else if (byte === PLUS) {
      byte = SPACE;
    }
    seen |= byte;
    decoded[length++] = byte;
  }
  if (seen < 0x80) return decoded.toString("latin1", 0, length);
  if (!isUtf8(decoded.subarray(0, length))) throw new FormError("the text is not UTF-8", base + start);
  return decoded.toString("utf8", 0, length);
}
