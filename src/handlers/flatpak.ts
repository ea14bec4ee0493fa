/** The Flatpak index: Pulp's, cut to what the caller may pull. */
import { subjectOf } from "../auth/access.ts";
import type { VisitorOf } from "../auth/visitors.ts";
import type { FlatpakIndexes, IndexedRepository, IndexQuestion } from "../content.ts";
import { registryError } from "../errors.ts";
import type { Subject } from "../grants.ts";
import { JsonText, Unwritten } from "../json-text.ts";
import type { Call, Handlers } from "../operations.ts";
import { headersUp } from "./question.ts";

/** Who may see which names. */
export interface NameFilter {
  visibleAmong(names: readonly string[], subject: Subject | undefined): Promise<ReadonlySet<string>>;
}

/** What the index rests on. */
export interface FlatpakOptions {
  readonly indexes: FlatpakIndexes;
  readonly names: NameFilter;
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
});

type FlatpakHandlers = Pick<
  Handlers,
  "getStaticIndex" | "headStaticIndex" | "getDynamicIndex" | "headDynamicIndex"
>;

/** Makes the handlers of the index. */
export function createFlatpak({ indexes, names, visitorOf, open }: FlatpakOptions): FlatpakHandlers {
  async function visible(found: readonly IndexedRepository[], subject: Subject | undefined) {
    if (found.length === 0) return found;
    const seen = await names.visibleAmong(
      found.map(({ name }) => name),
      subject,
    );
    return found.filter(({ name }) => seen.has(name));
  }

  const index =
    (kind: IndexQuestion["kind"]): Handlers["getStaticIndex"] =>
    async (call) => {
      const { origin } = call;
      const visitor = open ? undefined : await visitorOf(call);
      const found = await indexes.find(questionOf(kind, call));
      const results = visitor === undefined ? found : await visible(found, subjectOf(visitor));
      const entries = results.map(({ json }) => json).join(",");
      const body = new JsonText(`{"Registry":${JSON.stringify(origin)},"Results":[${entries}]}`);
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
