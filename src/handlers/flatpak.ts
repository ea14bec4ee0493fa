/** Flatpak index: Pulp's index, filtered by what the caller may pull. */

import type { ResolveCaller } from "../auth/basic-logins.ts";
import { subjectOf } from "../auth/pull-rule.ts";
import type { FlatpakIndexes, IndexedRepository, IndexRequest } from "../model/content.ts";
import { registryError } from "../model/errors.ts";
import type { Call, Handlers, ResolvedCaller } from "../model/operations.ts";
import { EncodedBody, OmittedBody } from "../model/reply-body.ts";
import type { Catalog } from "./catalog.ts";
import { resultsFor } from "./flatpak-results.ts";
import { headersForPulp } from "./pulp-request.ts";

/** Dependencies of the Flatpak index. */
export interface FlatpakOptions {
  readonly indexes: FlatpakIndexes;
  readonly catalog: Catalog;
  readonly resolveCaller: ResolveCaller;
  /** True to show all names and labels to all callers. */
  readonly open: boolean;
}

const MAX_QUERY_CHARS = 8192;

function checked(query: string): string {
  if (query.length <= MAX_QUERY_CHARS && /^[\x21-\x7e]*$/.test(query)) return query;
  throw registryError("REQUEST_INVALID", {
    message: `the query is longer than ${MAX_QUERY_CHARS} bytes, or contains characters that must be percent-encoded`,
  });
}

const pulpRequestOf = (kind: IndexRequest["kind"], call: Call<"getStaticIndex" | "headStaticIndex">) => ({
  kind,
  query: checked(call.rawQuery),
  headers: headersForPulp(call),
  // Created for a request to Pulp only.
  get cancellation() {
    return call.cancellation;
  },
});

type FlatpakHandlers = Pick<
  Handlers,
  "getStaticIndex" | "headStaticIndex" | "getDynamicIndex" | "headDynamicIndex"
>;

/** Creates the handlers of the index. */
export function createFlatpak({ indexes, catalog, resolveCaller, open }: FlatpakOptions): FlatpakHandlers {
  async function results(found: readonly IndexedRepository[], caller: ResolvedCaller | undefined) {
    if (caller === undefined || found.length === 0) return resultsFor(found, undefined);
    return resultsFor(found, await catalog.visible(subjectOf(caller)));
  }

  const index =
    (kind: IndexRequest["kind"]): Handlers["getStaticIndex"] =>
    async (call) => {
      const { origin } = call;
      const caller = open ? undefined : await resolveCaller(call);
      const found = await indexes.find(pulpRequestOf(kind, call));
      const body = new EncodedBody(`{"Registry":${JSON.stringify(origin)},`, await results(found, caller));
      return { status: 200, headers: { "Cache-Control": "private, no-cache" }, body };
    };

  const head =
    (kind: IndexRequest["kind"]): Handlers["headStaticIndex"] =>
    async (call) => {
      if (!open) await resolveCaller(call);
      await indexes.isThere(pulpRequestOf(kind, call));
      return { status: 200, headers: { "Cache-Control": "private, no-cache" }, body: new OmittedBody() };
    };

  return {
    getStaticIndex: index("static"),
    headStaticIndex: head("static"),
    getDynamicIndex: index("dynamic"),
    headDynamicIndex: head("dynamic"),
  };
}
