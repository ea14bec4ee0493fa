import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type ByteRange,
  parseContentRange,
  parseRanges,
  partsOf,
  rangeHeader,
  spansOf,
} from "../../src/upstreams/delivery/byte-ranges.ts";
import { Multipart } from "../../src/upstreams/delivery/multipart.ts";
import { readMultipart } from "../support/multipart.ts";

const LENGTH = 1000;
const content = randomBytes(LENGTH);
const range: fc.Arbitrary<ByteRange> = fc.oneof(
  fc.record({ suffix: fc.nat(1200) }),
  fc
    .tuple(fc.nat(1200), fc.nat(1200))
    .map(([a, b]): ByteRange => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  fc.nat(1200).map((first): ByteRange => ({ first, last: Number.POSITIVE_INFINITY })),
);
const ranges = fc.array(range, { minLength: 1, maxLength: 20 });

/** Returns the offset of each byte that ranges select. */
const selected = (all: readonly ByteRange[]): number[] =>
  [...content.keys()].filter((at) =>
    all.some((one) =>
      one.suffix === undefined ? one.first <= at && at <= one.last : at >= LENGTH - one.suffix,
    ),
  );

describe("a Range header", () => {
  test.each([
    "items=0-3",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=x-y",
    "bytes=5-2",
    "bytes=0-9;q=1",
    "0-9",
  ])("%j is invalid", (header) => {
    expect(parseRanges(header)).toBeUndefined();
  });

  test("is parsed into its ranges", () => {
    expect(parseRanges("Bytes=0-9, 20- ,,-5")).toEqual([
      { first: 0, last: 9 },
      { first: 20, last: Number.POSITIVE_INFINITY },
      { suffix: 5 },
    ]);
    fc.assert(fc.property(range, (one) => expect(parseRanges(rangeHeader(one))).toEqual([one])));
  });

  test("is forwarded in plain digits, however large its numbers are", () => {
    const huge = "9".repeat(400);
    for (const header of [`0-${huge}`, `${huge}-`, `-${huge}`, `${huge}-${huge}`, `0-1${"0".repeat(23)}`]) {
      const [one] = parseRanges(`bytes=${header}`) ?? [];
      if (one === undefined) throw new Error(`${header} is no range`);
      expect(rangeHeader(one)).toMatch(/^bytes=(?:\d{1,16}-(?:\d{1,16})?|-\d{1,16})$/);
    }
  });

  test("selects each byte once, in parts that do not overlap and keep its order", () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const parts = partsOf(all, LENGTH);
        const bytes = parts.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        );
        expect(bytes.toSorted((a, b) => a - b)).toEqual(selected(all));
        const places = parts.map(({ first, last }) =>
          all.findIndex((one) => selected([one]).some((at) => first <= at && at <= last)),
        );
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
    );
  });
});

test("spans contain all parts in order, with no gap above the limit", () => {
  fc.assert(
    fc.property(ranges, fc.nat(300), (all, gap) => {
      const parts = partsOf(all, LENGTH);
      const spans = spansOf(parts, gap);
      expect(spans.flatMap((span) => span.parts)).toEqual(parts);
      for (const span of spans) {
        expect([span.first, span.last]).toEqual([span.parts[0]?.first, span.parts.at(-1)?.last]);
        for (const [index, part] of span.parts.entries()) {
          const before = span.parts[index - 1];
          if (before !== undefined) expect(part.first - before.last - 1).toBeLessThanOrEqual(gap);
          if (before !== undefined) expect(part.first).toBeGreaterThan(before.last);
        }
      }
    }),
  );
});

test("a multipart body has its parts and its announced length, however its bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(ranges, fc.nat(300), fc.integer({ min: 1, max: 200 }), async (all, gap, size) => {
      const parts = partsOf(all, LENGTH);
      fc.pre(parts.length > 0);
      const multipart = new Multipart(parts, LENGTH, "application/octet-stream");
      const written: Uint8Array[] = [];
      for (const span of spansOf(parts, gap)) {
        const bytes = content.subarray(span.first, span.last + 1);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        for await (const piece of multipart.write(size % 2 === 0 ? bytes : Readable.from(chunks), span))
          written.push(piece);
      }
      const body = Buffer.concat([...written, multipart.end()]);
      expect(body.length).toBe(multipart.contentLength);
      const sent = readMultipart(multipart.contentType, body);
      expect(sent.map((part) => part.range)).toEqual(
        parts.map(({ first, last }) => `${first}-${last}/${LENGTH}`),
      );
      for (const [index, { first, last }] of parts.entries())
        expect(sent[index]?.body.equals(content.subarray(first, last + 1))).toBe(true);
    }),
  );
});

test.each([
  ["fewer", 9],
  ["more", 11],
])("rejects %s bytes than a span has", async (_, size) => {
  const [span] = spansOf([{ first: 0, last: 9 }], 0);
  if (span === undefined) throw new Error("no span");
  const multipart = new Multipart(span.parts, LENGTH, "x/y");
  await expect(buffer(Readable.from(multipart.write(content.subarray(0, size), span)))).rejects.toThrow(
    "another length",
  );
});

test.each([
  ["bytes 0-9/20", { length: 20, part: { first: 0, last: 9 } }],
  ["bytes */20", { length: 20, part: undefined }],
  ["bytes 0-9/*", undefined],
  ["items 0-9/20", undefined],
  [undefined, undefined],
])("parses Content-Range %s", (header, expected) => {
  expect(parseContentRange(header)).toEqual(expected);
});
