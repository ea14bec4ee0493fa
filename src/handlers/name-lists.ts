/** Lists of names as JSON. A list is serialized once, and its pages are parts of that text. */
import { placeAfter } from "../model/names.ts";
import { EncodedBody } from "../model/reply-body.ts";

/** Pagination of a request: names after `last`, at most `n`. */
export interface PageQuery {
  readonly n?: number | undefined;
  readonly last?: string | undefined;
}

/** Position of a page in its list. */
export interface Page {
  readonly from: number;
  readonly to: number;
  /** Last name of the page if another page follows. */
  readonly next: string | undefined;
}

interface Serialized {
  readonly bytes: Buffer;
  /** Position of each name in the bytes, and that after the last name and a comma. */
  readonly starts: Uint32Array;
}

const END = "]}";

const serializedLists = new WeakMap<readonly string[], Serialized>();

function serialize(head: string, names: readonly string[]): Serialized {
  const cached = serializedLists.get(names);
  if (cached !== undefined) return cached;
  const entries = names.map((name) => JSON.stringify(name));
  const starts = new Uint32Array(names.length + 1);
  starts[0] = Buffer.byteLength(head);
  for (const [index, entry] of entries.entries())
    starts[index + 1] = (starts[index] ?? 0) + Buffer.byteLength(entry) + 1;
  const serialized = { bytes: Buffer.from(`${head}${entries.join(",")}${END}`), starts };
  serializedLists.set(names, serialized);
  return serialized;
}

/** Finds a page in a list in byte order. */
export function pageOf(names: readonly string[], { n, last }: PageQuery): Page {
  const from = last === undefined ? 0 : placeAfter(names, last);
  const to = n === undefined ? names.length : Math.min(names.length, from + n);
  return { from, to, next: to > from && to < names.length ? names[to - 1] : undefined };
}

/**
 * Body with a page of a list, which shares the text of the list with all other pages.
 * @param head text of the JSON object before the names, the same each time for the same list
 */
export function bodyOf(head: string, names: readonly string[], { from, to }: Page): EncodedBody {
  if (to === from) return new EncodedBody(head + END);
  const { bytes, starts } = serialize(head, names);
  if (from === 0 && to === names.length) return new EncodedBody(bytes);
  const page = bytes.subarray(starts[from], (starts[to] ?? 0) - 1);
  return new EncodedBody(head, page, END);
}
