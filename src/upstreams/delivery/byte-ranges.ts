/** Byte ranges of a GET: their syntax, and the bytes that they select (RFC 9110 sections 14.1 and 14.2). */

/** One range of a `Range` header: from `first` to `last`, or the last `suffix` bytes. */
export type ByteRange =
  | { readonly first: number; readonly last: number; readonly suffix?: never }
  | { readonly suffix: number };

/** Bytes of a content, both ends included. */
export interface Part {
  readonly first: number;
  readonly last: number;
}

/** Parts that one request fetches together, with the gaps between them. */
export interface Span extends Part {
  readonly parts: readonly Part[];
}

const UNIT = /^bytes=/i;
const RANGE = /^(?:(\d+)-(\d*)|-(\d+))$/;

/** Parses a position. Larger numbers are clamped, because they would be sent to Pulp with an exponent. */
const position = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER);

function parseRange(text: string): ByteRange | undefined {
  const [, first, last, suffix] = RANGE.exec(text) ?? [];
  if (suffix !== undefined) return { suffix: position(suffix) };
  if (first === undefined) return undefined;
  const range = { first: position(first), last: last ? position(last) : Number.POSITIVE_INFINITY };
  return range.first <= range.last ? range : undefined;
}

/** Parses a `Range` header; undefined for another unit or invalid syntax, which a server may ignore. */
export function parseRanges(header: string): ByteRange[] | undefined {
  if (!UNIT.test(header)) return undefined;
  const ranges: ByteRange[] = [];
  for (const text of header.replace(UNIT, "").split(",")) {
    const entry = text.trim();
    if (entry === "") continue;
    const range = parseRange(entry);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  return ranges.length > 0 ? ranges : undefined;
}

/** Formats the `Range` header for one range. */
export const rangeHeader = (range: ByteRange): string =>
  range.suffix === undefined
    ? `bytes=${range.first}-${Number.isFinite(range.last) ? range.last : ""}`
    : `bytes=-${range.suffix}`;

function select(range: ByteRange, length: number): Part | undefined {
  const first = range.suffix === undefined ? range.first : Math.max(0, length - range.suffix);
  const last = range.suffix === undefined ? Math.min(range.last, length - 1) : length - 1;
  return first <= last ? { first, last } : undefined;
}

/**
 * Returns the parts that ranges select, in the order of the ranges. Overlapping parts are merged, so that no byte is sent
 * twice; adjacent ones are not, because containers/image counts the parts.
 * @param length length of the content in bytes
 */
export function partsOf(ranges: readonly ByteRange[], length: number): Part[] {
  const selected = ranges.flatMap((range, place) => {
    const part = select(range, length);
    return part === undefined ? [] : [{ ...part, place }];
  });
  const merged: typeof selected = [];
  for (const part of selected.sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before === undefined || part.first > before.last) merged.push(part);
    else {
      before.last = Math.max(before.last, part.last);
      before.place = Math.min(before.place, part.place);
    }
  }
  return merged.sort((a, b) => a.place - b.place).map(({ first, last }) => ({ first, last }));
}

/** Groups parts that are at most `gap` bytes apart: fetching an unwanted gap costs less than another request. */
export function spansOf(parts: readonly Part[], gap: number): Span[] {
  const spans: { first: number; last: number; parts: Part[] }[] = [];
  for (const part of parts) {
    const span = spans.at(-1);
    if (span !== undefined && part.first > span.last && part.first - span.last - 1 <= gap) {
      span.last = part.last;
      span.parts.push(part);
    } else spans.push({ ...part, parts: [part] });
  }
  return spans;
}

/** A `Content-Range` header: the length of the content, and the part if the range was satisfiable. */
export interface ContentRange {
  readonly length: number;
  readonly part: Part | undefined;
}

/** Parses a `Content-Range` header; undefined if the length is missing or unknown. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const [, first, last, length] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/i.exec(header ?? "") ?? [];
  if (length === undefined) return undefined;
  const part = first === undefined ? undefined : { first: Number(first), last: Number(last) };
  return { length: Number(length), part };
}
