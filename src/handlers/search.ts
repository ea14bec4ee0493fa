/** The search of the v1 API, for docker and podman. */
import { subjectOf } from "../auth/access.ts";
import type { ResolveCaller } from "../auth/callers.ts";
import { registryError } from "../model/errors.ts";
import type { Handlers } from "../model/operations.ts";
import type { Catalog } from "./catalog.ts";

/** Dependencies of the search. */
export interface SearchOptions {
  readonly catalog: Catalog;
  readonly resolveCaller: ResolveCaller;
}

/** What docker and podman ask for by themselves. */
const DEFAULT_RESULTS = 25;
const MAX_RESULTS = 1000;

/** No letter of a name. */
const SEPARATOR = "\n";

/** The names of a cached list in lower case, one in a line, and where each begins. */
interface Folded {
  readonly text: string;
  readonly starts: Uint32Array;
}

/** Made once for each list. */
const foldedLists = new WeakMap<readonly string[], Folded>();

function foldedOf(names: readonly string[]): Folded {
  const known = foldedLists.get(names);
  if (known !== undefined) return known;
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

/** The index of the name that a place in the text is part of. */
function nameAt({ starts }: Folded, place: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first names that contain `text`, in letters of any case; no letter of it is a wildcard. */
function matches(names: readonly string[], text: string, limit: number): string[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return names.slice(0, limit);
  if (wanted.includes(SEPARATOR)) return [];
  const folded = foldedOf(names);
  const found: string[] = [];
  let place = folded.text.indexOf(wanted);
  while (place >= 0 && found.length < limit) {
    const index = nameAt(folded, place);
    found.push(names[index] ?? "");
    const next = folded.starts[index + 1];
    place = next === undefined ? -1 : folded.text.indexOf(wanted, next);
  }
  return found;
}

type SearchHandlers = Pick<Handlers, "getPing" | "getSearch" | "headSearch">;

/** Makes the handlers of the search. */
export function createSearch({ catalog, resolveCaller }: SearchOptions): SearchHandlers {
  const search: Handlers["getSearch"] = async (call) => {
    // podman asks without credentials even when it is logged in; from a 404 it goes on to the catalogue with its token.
    if (call.headers["docker-distribution-api-version"] === "registry/2.0") {
      throw registryError("UNSUPPORTED", { status: 404, message: "search the catalogue at /v2/_catalog" });
    }
    const { q: query = "", n = DEFAULT_RESULTS } = call.query;
    // docker shows its password with the request itself.
    const subject = subjectOf(await resolveCaller(call));
    const visible = await catalog.visible({ subject, last: undefined, limit: undefined });
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
