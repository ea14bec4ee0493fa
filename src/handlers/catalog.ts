/** Catalog and tag lists, in pages that hold the names after the last name of the previous page. */

import type { Authorize } from "../auth/authorize.ts";
import type { ResolveCaller } from "../auth/basic-logins.ts";
import { subjectOf } from "../auth/pull-rule.ts";
import type { TagLists } from "../model/content.ts";
import type { Subject } from "../model/grants.ts";
import type { Handlers } from "../model/operations.ts";
import { OmittedBody } from "../model/reply-body.ts";
import { bodyOf, type PageQuery, pageOf } from "./name-lists.ts";
import { pulpRequestOf } from "./pulp-request.ts";

/** Lists the repositories that a caller may pull from. */
export interface Catalog {
  /** Names in byte order, as the same array until they change; those of anonymous callers without a subject. */
  visible(subject: Subject | undefined): Promise<readonly string[]>;
}

/** Dependencies of the catalog handlers. */
export interface CatalogOptions {
  readonly authorize: Authorize;
  readonly resolveCaller: ResolveCaller;
  readonly catalog: Catalog;
  readonly tagLists: TagLists;
}

/** Creates a reply with one page of a list. */
function replyOf(path: string, head: string, names: readonly string[], query: PageQuery) {
  const page = pageOf(names, query);
  const { next } = page;
  const link = `<${path}?n=${query.n}&last=${encodeURIComponent(next ?? "")}>; rel="next"`;
  return {
    status: 200,
    headers: next === undefined ? {} : { Link: link },
    body: bodyOf(head, names, page),
  } as const;
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
    const subject = subjectOf(await resolveCaller(call, "registry:catalog:*"));
    return replyOf("/v2/_catalog", '{"repositories":[', await catalog.visible(subject), call.query);
  };

  const listTags: Handlers["getTags"] = async (call) => {
    await authorize(call);
    const { name } = call.path;
    const tags = await tagLists.tags(pulpRequestOf(call, {}));
    const head = `{"name":${JSON.stringify(name)},"tags":[`;
    return replyOf(`/v2/${name}/tags/list`, head, tags, call.query);
  };

  const headTags: Handlers["headTags"] = async (call) => {
    await authorize(call);
    await tagLists.tagsAreThere(pulpRequestOf(call, {}));
    return { status: 200, headers: {}, body: new OmittedBody() };
  };

  return { getCatalog: listCatalog, headCatalog: listCatalog, getTags: listTags, headTags };
}
