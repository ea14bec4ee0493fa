/** Search of the v1 API, for docker and podman. */

import type { ResolveCaller } from "../auth/basic-logins.ts";
import { subjectOf } from "../auth/pull-rule.ts";
import { registryError } from "../model/errors.ts";
import type { Handlers } from "../model/operations.ts";
import type { Catalog } from "./catalog.ts";

/** Dependencies of the search. */
export interface SearchOptions {
  readonly catalog: Catalog;
  readonly resolveCaller: ResolveCaller;
}

/** Default of docker and podman. */
const DEFAULT_RESULTS = 25;
const MAX_RESULTS = 1000;

/** Separator of names, which contain no newline. */
const SEPARATOR = "\n";

/** Names of a cached list in lower case, one in a line, and the position of each. */
interface Folded {
  readonly text: string;
  readonly starts: Uint32Array;
}

/** Folded names of cached lists, one for each list. */
const foldedLists = new WeakMap<readonly string[], Folded>();

function fold(names: readonly string[]): Folded {
  const cached = foldedLists.get(names);
  if (cached !== undefined) return cached;
  const starts = new Uint32Array(names.length);
  let start = 0;
  for (const [index, { length }] of names.entries()) {
    starts[index] = start;
    start += length + SEPARATOR.length;
  }
  const folded = { text: names.join(SEPARATOR).toLowerCase(), starts };
  foldedLists.set(names, folded);
  return folded;
}

/** Index of the name at a position in the text. */
function nameAt({ starts }: Folded, position: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** First names that contain `text`, regardless of case. There are no wildcards. */
function matches(names: readonly string[], text: string, limit: number): string[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return names.slice(0, limit);
  if (wanted.includes(SEPARATOR)) return [];
  const folded = fold(names);
  const found: string[] = [];
  let position = folded.text.indexOf(wanted);
  while (position >= 0 && found.length < limit) {
    const index = nameAt(folded, position);
    found.push(names[index] ?? "");
    const next = folded.starts[index + 1];
    position = next === undefined ? -1 : folded.text.indexOf(wanted, next);
  }
  return found;
}

type SearchHandlers = Pick<Handlers, "getPing" | "getSearch" | "headSearch">;

/** Creates the handlers of the search. */
export function createSearch({ catalog, resolveCaller }: SearchOptions): SearchHandlers {
  const search: Handlers["getSearch"] = async (call) => {
    // podman sends no credentials here even when it is logged in; after a 404 it requests the catalog with its token.
    if (call.headers["docker-distribution-api-version"] === "registry/2.0") {
      throw registryError("UNSUPPORTED", { status: 404, message: "use the catalog at /v2/_catalog" });
    }
    const { q: query = "", n = DEFAULT_RESULTS } = call.query;
    // docker sends its password with the request itself.
    const subject = subjectOf(await resolveCaller(call));
    const visible = await catalog.visible(subject);
    const found = matches(visible, query, Math.min(n, MAX_RESULTS));
    const results = found.map((name) => ({
      name,
      description: "",
      star_count: 0,
      is_official: false,
      is_automated: false,
    }));
    return { status: 200, body: { num_results: results.length, query, results } };
  };

  return { getPing: async () => ({ status: 200, body: {} }), getSearch: search, headSearch: search };
}
