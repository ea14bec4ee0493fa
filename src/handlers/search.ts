/** The search of the v1 API, for docker and podman. */
import { subjectOf } from "../auth/access.ts";
import type { VisitorOf } from "../auth/visitors.ts";
import { registryError } from "../errors.ts";
import type { Subject } from "../grants.ts";
import type { Handlers } from "../operations.ts";

/** Where names are searched. */
export interface NameSearch {
  /** The names that hold `text` and that the subject may pull, at most `limit` of them. */
  search(text: string, subject: Subject | undefined, limit: number): Promise<readonly string[]>;
}

/** What searching rests on. */
export interface SearchOptions {
  readonly names: NameSearch;
  readonly visitorOf: VisitorOf;
}

/** What docker and podman ask for by themselves. */
const USUAL_RESULTS = 25;
const MOST_RESULTS = 1000;

type SearchHandlers = Pick<Handlers, "getPing" | "getSearch" | "headSearch">;

/** Makes the handlers of the search. */
export function createSearch({ names, visitorOf }: SearchOptions): SearchHandlers {
  const search: Handlers["getSearch"] = async (call) => {
    // podman asks without credentials even when it is logged in; from a 404 it goes on to the catalogue with its token.
    if (call.headers["docker-distribution-api-version"] === "registry/2.0") {
      throw registryError("UNSUPPORTED", { status: 404, message: "search the catalogue at /v2/_catalog" });
    }
    const { q: query = "", n = USUAL_RESULTS } = call.query;
    // docker shows its password with the request itself.
    const subject = subjectOf(await visitorOf(call));
    const found = await names.search(query, subject, Math.min(n, MOST_RESULTS));
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
