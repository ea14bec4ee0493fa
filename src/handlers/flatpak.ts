/** The Flatpak index: Pulp's, cut to what the caller may pull. */
import { subjectOf } from "../auth/access.ts";
import type { VisitorOf } from "../auth/callers.ts";
import { siteOf } from "../connection/network.ts";
import type { FlatpakIndexes, IndexedRepository, IndexQuestion } from "../model/content.ts";
import { registryError } from "../model/errors.ts";
import { JsonText, Unwritten } from "../model/json-text.ts";
import type { Call, Handlers, Visitor } from "../model/operations.ts";
import type { Catalog } from "./catalog.ts";
import { resultsFor } from "./index-results.ts";
import { headersUp } from "./pulp-request.ts";

/** Dependencies of the Flatpak index. */
export interface FlatpakOptions {
  readonly indexes: FlatpakIndexes;
  readonly catalog: Catalog;
  readonly visitorOf: VisitorOf;
  /** Shows names and labels to all. */
  readonly open: boolean;
}

const LONGEST_QUERY = 8192;

function checked(query: string): string {
  if (query.length <= LONGEST_QUERY && /^[\x21-\x7e]*$/.test(query)) return query;
  throw registryError("REQUEST_INVALID", {
    message: `the query is longer than ${LONGEST_QUERY} bytes, or holds characters that must be percent-encoded`,
  });
}

const questionOf = (kind: IndexQuestion["kind"], call: Call<"getStaticIndex" | "headStaticIndex">) => ({
  kind,
  query: checked(call.rawQuery),
  headers: headersUp(call),
  interest: call.interest,
  site: siteOf(call.address ?? "unix"),
});

type FlatpakHandlers = Pick<
  Handlers,
  "getStaticIndex" | "headStaticIndex" | "getDynamicIndex" | "headDynamicIndex"
>;

/** Makes the handlers of the index. */
export function createFlatpak({ indexes, catalog, visitorOf, open }: FlatpakOptions): FlatpakHandlers {
  async function results(found: readonly IndexedRepository[], visitor: Visitor | undefined) {
    if (visitor === undefined || found.length === 0) return resultsFor(found, undefined);
    const subject = subjectOf(visitor);
    return resultsFor(found, await catalog.visible({ subject, last: undefined, limit: undefined }));
  }

  const index =
    (kind: IndexQuestion["kind"]): Handlers["getStaticIndex"] =>
    async (call) => {
      const { origin } = call;
      const visitor = open ? undefined : await visitorOf(call);
      const found = await indexes.find(questionOf(kind, call));
      const body = new JsonText(`{"Registry":${JSON.stringify(origin)},`, await results(found, visitor));
      return { status: 200, headers: { "Cache-Control": "private, no-cache" }, body };
    };

  const head =
    (kind: IndexQuestion["kind"]): Handlers["headStaticIndex"] =>
    async (call) => {
      if (!open) await visitorOf(call);
      await indexes.isThere(questionOf(kind, call));
      return { status: 200, headers: { "Cache-Control": "private, no-cache" }, body: new Unwritten() };
    };

  return {
    getStaticIndex: index("static"),
    headStaticIndex: head("static"),
    getDynamicIndex: index("dynamic"),
    headDynamicIndex: head("dynamic"),
  };
}
