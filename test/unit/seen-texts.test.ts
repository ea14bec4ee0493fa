import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { findValueEnd, isEqualAt } from "../../src/sync/body/byte-search.ts";
import { SeenTexts } from "../../src/sync/body/seen-texts.ts";

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
/** A view of a text that begins anywhere in its memory. */
const viewAt = (text: string, offset: number) =>
  viewOf(Buffer.from(`${"x".repeat(offset)}${text}`).subarray(offset));

const found = { end: 0, hash: 0 };
function hashOf(text: string): number {
  findValueEnd(viewOf(Buffer.from(text)), 0, Buffer.byteLength(text), found);
  return found.hash;
}

const bytesOfValue = fc.string({
  unit: fc.constantFrom("a", "b", "%", "'", "\u00e9", "\u00a6"),
  maxLength: 12,
});

test("a value ends at the first ampersand, and has the same hash wherever it is", () => {
  fc.assert(
    fc.property(bytesOfValue, bytesOfValue, fc.integer({ min: 0, max: 7 }), (value, rest, offset) => {
      const length = Buffer.byteLength(value);
      const body = `${value}&${rest}`;
      findValueEnd(viewAt(body, offset), 0, Buffer.byteLength(body), found);
      expect(found).toEqual({ end: length, hash: hashOf(value) });
      // The same at the end of what has come.
      findValueEnd(viewAt(value, offset), 0, length, found);
      expect(found).toEqual({ end: length, hash: hashOf(value) });
    }),
  );
});

test("bytes are equal if all of them are", () => {
  fc.assert(
    fc.property(bytesOfValue, bytesOfValue, fc.nat(3), fc.nat(3), (one, other, inOne, inOther) => {
      const length = Math.min(Buffer.byteLength(one), Buffer.byteLength(other));
      const isEqual = Buffer.from(one).subarray(0, length).equals(Buffer.from(other).subarray(0, length));
      const [a, b] = [`${"x".repeat(inOne)}${one}`, `${"y".repeat(inOther)}${other}`];
      expect(isEqualAt(viewAt(a, 0), inOne, viewAt(b, 0), inOther, length)).toBe(isEqual);
    }),
  );
});

const textAt = (seen: SeenTexts, place: number) => (place < 0 ? undefined : seen.textAt(place));

test("a text is found by its bytes, also among thousands", () => {
  const seen = new SeenTexts();
  const find = (text: string) =>
    textAt(seen, seen.find(viewOf(Buffer.from(text)), 0, Buffer.byteLength(text), hashOf(text)));
  const names = Array.from({ length: 3_000 }, (_, index) => `org%2Fproduct-${index % 7}%2Frepo-${index}`);
  for (const name of names) {
    expect(find(name)).toBeUndefined();
    seen.add(Buffer.from(name), hashOf(name), decodeURIComponent(name));
  }
  const known = names.filter((name) => find(name) === decodeURIComponent(name));
  // A few find no free slot.
  expect(known.length).toBeGreaterThan(2_900);
  expect(find("org%2Fproduct-0%2Frepo-1")).toBeUndefined();
});

test("texts of the same hash are told apart, and few of them are kept", () => {
  const seen = new SeenTexts();
  const find = (text: string) => textAt(seen, seen.find(viewOf(Buffer.from(text)), 0, text.length, 1));
  const texts = Array.from({ length: 100 }, (_, index) => `text-${index}`);
  for (const text of texts) seen.add(Buffer.from(text), 1, text);
  expect(texts.map(find).filter((text) => text !== undefined)).toEqual(texts.slice(0, 8));
});

test("no more texts are kept than fit", () => {
  const seen = new SeenTexts();
  const texts = Array.from({ length: 100 }, (_, index) => `${index}-`.padEnd(65_536, "x"));
  for (const text of texts) seen.add(Buffer.from(text), hashOf(text), text);
  const kept = texts.filter(
    (text) => textAt(seen, seen.find(viewOf(Buffer.from(text)), 0, text.length, hashOf(text))) === text,
  );
  expect(kept).toHaveLength((4 * 1024 * 1024) / 65_536);
});

test("a text is found after the one that it followed, if it is the whole value", () => {
  const seen = new SeenTexts();
  const add = (text: string) => seen.add(Buffer.from(text), hashOf(text), text);
  const [first, second] = [add("first"), add("second")];
  const after = (place: number, rest: string) =>
    seen.findAfter(place, viewOf(Buffer.from(rest)), 0, Buffer.byteLength(rest));
  expect(after(first, "second")).toBe(-1);
  seen.follow(-1, first);
  seen.follow(first, second);
  expect([after(first, "second"), after(first, "second&x=y")]).toEqual([second, second]);
  expect([seen.textAt(second), seen.endOf(second, 7)]).toEqual(["second", 13]);
  for (const rest of ["second-one", "secon", "secon&", "", "&second", "Second"])
    expect([rest, after(first, rest)]).toEqual([rest, -1]);
  expect([after(second, "second"), after(-1, "second")]).toEqual([-1, -1]);
  seen.follow(first, first);
  expect([after(first, "second"), after(first, "first")]).toEqual([-1, first]);
});
