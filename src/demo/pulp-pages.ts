/** Paging of tag and repository lists, as Pulp's registry does it. */
import type { Ask } from "./pulp-answers.ts";

const defaultLength = 100;
const greatestLength = 1000;

/** As Python's `int` reads it; what it cannot read means the default. */
function lengthOf(n: string | null): number {
  if (n === null || !/^\s*[+-]?\d+\s*$/.test(n)) return defaultLength;
  return Math.min(Math.max(Number(n), 0), greatestLength);
}

/** As Python's `urlencode` writes it. */
const encoded = (name: string, value: string): string =>
  new URLSearchParams([[name, value]]).toString().replaceAll("*", "%2A").replaceAll("%7E", "~");

/**
 * The `Link` of a full page. It names Pulp's own idea of its address, and parameters other than `n` and `last` become
 * Python lists (`x=1` turns into `x=['1']`, encoded).
 */
function linkTo(ask: Ask, n: number, last: string): string {
  const given = [...new URLSearchParams(ask.query)].filter(([, value]) => value !== "");
  const names = new Set([...given.map(([name]) => name), "n", "last"]);
  const query = [...names].map((name) => {
    if (name === "n") return encoded(name, String(n));
    if (name === "last") return encoded(name, last);
    const values = given.flatMap(([other, value]) => (other === name ? [`'${value}'`] : []));
    return encoded(name, `[${values.join(", ")}]`);
  });
  return `<http://pulpcore-api${ask.path}?${query.join("&")}>; rel="next"`;
}

/** The names after `last`, at most `n` of them, in order; a full page has a `Link` even if nothing follows it. */
export function pageOf(
  all: readonly string[],
  ask: Ask,
): { names: string[]; headers: Record<string, string> } {
  const parameters = new URLSearchParams(ask.query);
  const n = lengthOf(parameters.get("n"));
  const last = parameters.get("last") ?? "";
  const names = all
    .filter((name) => name > last)
    .sort()
    .slice(0, n);
  const end = names.at(-1);
  return { names, headers: end !== undefined && names.length === n ? { Link: linkTo(ask, n, end) } : {} };
}
