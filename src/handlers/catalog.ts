/** Catalog and tag lists, with pagination: a page holds the names after the last name of the previous page. */
import { subjectOf } from "../auth/access.ts";
import type { Authorize } from "../auth/authorize.ts";
import type { ResolveCaller } from "../auth/basic-logins.ts";
import type { TagLists } from "../model/content.ts";
import type { CatalogPage } from "../model/grants.ts";
import { JsonText, Unwritten } from "../model/json-text.ts";
import { placeAfter } from "../model/names.ts";
import type { Handlers } from "../model/operations.ts";
import { pulpRequestOf } from "./pulp-request.ts";

/** Lists the repositories that a caller may pull from. */
export interface Catalog {
  /** Names after `last` in byte order, at most `limit`. */
  visible(page: CatalogPage): Promise<readonly string[]>;
}

/** Dependencies of the catalog handlers. */
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

/** Limit of a query for one page: an entry beyond the page tells that another page follows. */
const plusOne = (n: number | undefined): number | undefined => (n === undefined ? undefined : n + 1);

/** Creates a page from the result of a query with the limit of {@link plusOne}. */
function pageOf(path: string, names: readonly string[], n: number | undefined): Page {
  const entries = names.slice(0, n);
  const last = entries.at(-1);
  if (n === undefined || last === undefined || names.length <= n) return { entries, headers: {} };
  return { entries, headers: { Link: `<${path}?n=${n}&last=${encodeURIComponent(last)}>; rel="next"` } };
}

/** Serialized catalogs, cached for as long as their lists. */
const serialized = new WeakMap<readonly string[], JsonText>();

function wholeCatalog(repositories: readonly string[]): JsonText {
  const cached = serialized.get(repositories);
  if (cached !== undefined) return cached;
  const text = new JsonText(JSON.stringify({ repositories }));
  serialized.set(repositories, text);
  return text;
}

type CatalogHandlers = Pick<Handlers, "getCatalog" | "headCatalog" | "getTags" | "headTags">;

/** Creates the handlers of the catalog and of the tag lists. */
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
    const found = n === 0 ? [] : await catalog.visible({ subject, last, limit: plusOne(n) });
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
