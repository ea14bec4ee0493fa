/**
 * Reads what Katello pushes. It sends forms nested by Rack's rules, which can be hundreds of megabytes long; they are
 * read as a stream and given as rows. So is JSON of the same shapes.
 */

import { FormError, UnsupportedContentType } from "./body-errors.ts";
import { Entries } from "./entries.ts";
import { type RowSink, readForm } from "./form.ts";
import type { Shape } from "./form-key.ts";
import { HostRows } from "./host-rows.ts";
import { flagMember, type JsonShape, readJson, textMember } from "./json.ts";
import type { GrantRow, HostRow, RepositoryRow } from "./rows.ts";
import { hostList, hostMapping, repositoryList, userMapping } from "./shapes.ts";

export { FormError, UnsupportedContentType } from "./body-errors.ts";
export { JsonTooLong, MAX_JSON_BYTES } from "./json.ts";
export type { GrantRow, HostRow, RepositoryRow } from "./rows.ts";

/** A request body that has not been read yet. */
export interface SyncBody {
  /** The Content-Type header; parameters such as the charset don't matter, text is always UTF-8. */
  contentType: string | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * The whole list of repositories, in batches of rows. Taking the next batch reads on: a consumer that is slow slows
 * the sender down. Rows may come before an error does, so they are to be kept only when the end is reached.
 *
 * @throws FormError while iterating, where the body is not of this shape; an empty body isn't
 * @throws UnsupportedContentType before the first batch, for what is neither a form nor JSON
 */
export function readRepositories(body: SyncBody): AsyncIterable<RepositoryRow[]> {
  const sink = new Entries<RepositoryRow>((entry, _subject, repository, auth_required) => ({
    entry,
    repository,
    auth_required,
  }));
  return readPush(body, repositoryList, sink, {
    collection: "repositories",
    hasSubjects: false,
    row: (entry, _subject, fields, pointer) => ({
      entry,
      repository: textMember(fields, "repository", pointer),
      auth_required: flagMember(fields, "auth_required", pointer),
    }),
  });
}

/** The whole mapping of users to repositories; batches and errors as in {@link readRepositories}. */
export function readUserGrants(body: SyncBody): AsyncIterable<GrantRow[]> {
  return readPush(body, userMapping, new Entries(grantRow), jsonMapping("users"));
}

/** The whole list of hosts; batches and errors as in {@link readRepositories}. */
export function readHosts(body: SyncBody): AsyncIterable<HostRow[]> {
  return readPush(body, hostList, new HostRows(), {
    collection: "hosts",
    hasSubjects: false,
    row: (entry, _subject, fields, pointer) => {
      const other = Object.keys(fields).find((name) => name !== "uuid");
      if (other !== undefined) throw new FormError("expected the key `uuid` alone", pointer);
      const uuid = textMember(fields, "uuid", pointer) ?? "";
      return uuid === "" ? undefined : { entry, uuid };
    },
  });
}

/** A mapping of hosts to repositories, of all hosts or of one; batches and errors as in {@link readRepositories}. */
export function readHostGrants(body: SyncBody): AsyncIterable<GrantRow[]> {
  return readPush(body, hostMapping, new Entries(grantRow), jsonMapping("hosts"));
}

const jsonMapping = (collection: "users" | "hosts"): JsonShape<GrantRow> => ({
  collection,
  hasSubjects: true,
  row: (entry, subject, fields, pointer) => ({
    entry,
    subject,
    repository: textMember(fields, "repository", pointer),
    auth_required: flagMember(fields, "auth_required", pointer),
  }),
});

async function* readPush<Row>(
  { contentType, chunks }: SyncBody,
  shape: Shape,
  sink: RowSink<Row>,
  jsonShape: JsonShape<Row>,
): AsyncGenerator<Row[], void, undefined> {
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/json") {
    yield* readJson(chunks, jsonShape);
  } else if (mediaType === "application/x-www-form-urlencoded") {
    yield* readForm(chunks, shape, sink);
  } else if (mediaType === undefined) {
    yield* readForm(nothingBut(chunks), shape, sink);
  } else {
    throw new UnsupportedContentType(contentType);
  }
}

/** Without a content type there may be no body either: that is a form, an empty one, and its reader says what is missing. */
async function* nothingBut(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    if (chunk.length > 0) throw new UnsupportedContentType(undefined);
    yield chunk;
  }
}

function grantRow(
  entry: number,
  subject: string,
  repository: string | undefined,
  auth_required: string | undefined,
): GrantRow {
  return { entry, subject, repository, auth_required };
}
