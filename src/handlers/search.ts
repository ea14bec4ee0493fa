/** The search of the v1 API, for docker and podman. */
import { subjectOf } from "../auth/access.ts";
import type { VisitorOf } from "../auth/visitors.ts";
import { registryError } from "../errors.ts";
import type { Handlers } from "../operations.ts";
import type { Catalog } from "./browse.ts";

/** Dependencies of the search. */
export interface SearchOptions {
  readonly catalog: Catalog;
  readonly visitorOf: VisitorOf;
}

/** What docker and podman ask for by themselves. */
const USUAL_RESULTS = 25;
const MOST_RESULTS = 1000;

/** The names of a cached list in lower case, made once for each list. */
const foldedLists = new WeakMap<readonly string[], readonly string[]>();

function foldedOf(names: readonly string[]): readonly string[] {
  const known = foldedLists.get(names);
  if (known !== undefined) return known;
  const folded = names.map((name) => name.toLowerCase());
  foldedLists.set(names, folded);
  return folded;
}

/** The first names that contain `text`, in letters of any case; no letter of it is a wildcard. */
function matches(names: readonly string[], text: string, limit: number): string[] {
  const wanted = text.toLowerCase();
  const found: string[] = [];
  for (const [index, folded] of foldedOf(names).entries()) {
    if (found.length >= limit) break;
    const name = names[index];
    if (name !== undefined && folded.includes(wanted)) found.push(name);
  }
  return found;
}

type SearchHandlers = Pick<Handlers, "getPing" | "getSearch" | "headSearch">;

/** Makes the handlers of the search. */
export function createSearch({ catalog, visitorOf }: SearchOptions): SearchHandlers {
  const search: Handlers["getSearch"] = async (call) => {
    // podman asks without credentials even when it is logged in; from a 404 it goes on to the catalogue with its token.
    if (call.headers["docker-distribution-api-version"] === "registry/2.0") {
      throw registryError("UNSUPPORTED", { status: 404, message: "search the catalogue at /v2/_catalog" });
    }
    const { q: query = "", n = USUAL_RESULTS } = call.query;
    // docker shows its password with the request itself.
    const subject = subjectOf(await visitorOf(call));
    const visible = await catalog.visible({ subject, last: undefined, limit: undefined });
    const found = matches(visible, query, Math.min(n, MOST_RESULTS));
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
