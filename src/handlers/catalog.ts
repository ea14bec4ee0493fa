/** Browsing: which repositories, which tags; a page at a time, strictly after the last name of the page before. */
import { subjectOf } from "../auth/access.ts";
import type { Authorize } from "../auth/authorize.ts";
import type { ResolveCaller } from "../auth/callers.ts";
import type { TagLists } from "../model/content.ts";
import type { CatalogPage } from "../model/grants.ts";
import { JsonText, Unwritten } from "../model/json-text.ts";
import { placeAfter } from "../model/names.ts";
import type { Handlers } from "../model/operations.ts";
import { pulpRequestOf } from "./pulp-request.ts";

/** The catalogue of what a user may pull. */
export interface Catalog {
  /** Names after `last` in the order of their bytes, at most `limit` of them. */
  visible(page: CatalogPage): Promise<readonly string[]>;
}

/** What browsing rests on. */
export interface CatalogOptions {
  readonly authorize: Authorize;
  readonly resolveCaller: ResolveCaller;
  readonly catalog: Catalog;
  readonly tagLists: TagLists;
}

interface Page {
  readonly entries: string[];
  readonly headers: { readonly Link?: string };
}

/** One more than a page was asked for: whether it is there tells if a page follows. */
const oneMore = (n: number | undefined): number | undefined => (n === undefined ? undefined : n + 1);

/** Cuts a page from entries of which one more was asked for than it may hold. */
function pageOf(path: string, found: readonly string[], n: number | undefined): Page {
  const entries = found.slice(0, n);
  const last = entries.at(-1);
  if (n === undefined || last === undefined || found.length <= n) return { entries, headers: {} };
  return { entries, headers: { Link: `<${path}?n=${n}&last=${encodeURIComponent(last)}>; rel="next"` } };
}

/** A list that is kept is written once. */
const written = new WeakMap<readonly string[], JsonText>();

function wholeCatalog(repositories: readonly string[]): JsonText {
  const known = written.get(repositories);
  if (known !== undefined) return known;
  const text = new JsonText(JSON.stringify({ repositories }));
  written.set(repositories, text);
  return text;
}

type CatalogHandlers = Pick<Handlers, "getCatalog" | "headCatalog" | "getTags" | "headTags">;

/** Makes the handlers of the catalogue and of the tag lists. */
export function createCatalog({
  authorize,
  resolveCaller,
  catalog,
  tagLists,
}: CatalogOptions): CatalogHandlers {
  const listCatalog: Handlers["getCatalog"] = async (call) => {
    const { n, last } = call.query;
    const subject = subjectOf(await resolveCaller(call, "registry:catalog:*"));
    if (n === undefined && last === undefined) {
      return {
        status: 200,
        headers: {},
        body: wholeCatalog(await catalog.visible({ subject, last, limit: n })),
      };
    }
    const found = n === 0 ? [] : await catalog.visible({ subject, last, limit: oneMore(n) });
    const { entries, headers } = pageOf("/v2/_catalog", found, n);
    return { status: 200, headers, body: { repositories: entries } };
  };

  const listTags: Handlers["getTags"] = async (call) => {
    await authorize(call);
    const { name } = call.path;
    const { n, last } = call.query;
    const all = await tagLists.tags(pulpRequestOf(call, {}));
    const from = last === undefined ? 0 : placeAfter(all, last);
    const found = all.slice(from, n === undefined ? undefined : from + n + 1);
    const { entries, headers } = pageOf(`/v2/${name}/tags/list`, found, n);
    return { status: 200, headers, body: { name, tags: entries } };
  };

  const headTags: Handlers["headTags"] = async (call) => {
    await authorize(call);
    await tagLists.tagsAreThere(pulpRequestOf(call, {}));
    return { status: 200, headers: {}, body: new Unwritten() };
  };

  return { getCatalog: listCatalog, headCatalog: listCatalog, getTags: listTags, headTags };
}
