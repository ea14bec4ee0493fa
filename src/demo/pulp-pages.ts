/** Pagination of the lists of tags and repositories, as in Pulp's registry. */
import type { PulpRequest } from "./pulp-replies.ts";

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/** Parses a page size like Python's `int`; the default for an invalid one. */
function pageSizeOf(n: string | null): number {
  if (n === null || !/^\s*[+-]?\d+\s*$/.test(n)) return DEFAULT_PAGE_SIZE;
  return Math.min(Math.max(Number(n), 0), MAX_PAGE_SIZE);
}

/** Encodes a parameter like Python's `urlencode`. */
const encoded = (name: string, value: string): string =>
  new URLSearchParams([[name, value]]).toString().replaceAll("*", "%2A").replaceAll("%7E", "~");

/**
 * Makes the `Link` of a full page. It has Pulp's internal address, and parameters other than `n` and `last` become Python lists
 * (`x=1` turns into `x=['1']`, encoded).
 */
function linkTo(request: PulpRequest, n: number, last: string): string {
  const given = [...new URLSearchParams(request.query)].filter(([, value]) => value !== "");
  const names = new Set([...given.map(([name]) => name), "n", "last"]);
  const query = [...names].map((name) => {
    if (name === "n") return encoded(name, String(n));
    if (name === "last") return encoded(name, last);
    const values = given.flatMap(([other, value]) => (other === name ? [`'${value}'`] : []));
    return encoded(name, `[${values.join(", ")}]`);
  });
  return `<http://pulpcore-api${request.path}?${query.join("&")}>; rel="next"`;
}

/** Returns at most `n` names after `last`, sorted. A full page has a `Link` even if it is the last one. */
export function pageOf(
  all: readonly string[],
  request: PulpRequest,
): { names: string[]; headers: Record<string, string> } {
  const parameters = new URLSearchParams(request.query);
  const n = pageSizeOf(parameters.get("n"));
  const last = parameters.get("last") ?? "";
  const names = all
    .filter((name) => name > last)
    .sort()
    .slice(0, n);
  const end = names.at(-1);
  return { names, headers: end !== undefined && names.length === n ? { Link: linkTo(request, n, end) } : {} };
}
