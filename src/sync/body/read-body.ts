/**
 * Readers of sync bodies. Katello sends forms nested by Rack's rules, which can have hundreds of megabytes; they are parsed as
 * a stream of rows. So is JSON of the same shapes.
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

/** An unread request body. */
export interface SyncBody {
  /** `Content-Type` header. Parameters such as the charset are ignored: text is always UTF-8. */
  contentType: string | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Reads the list of repositories in batches of rows. Each batch is read on demand, so a slow consumer slows down the client.
 * An error may come after some rows, so rows must be committed only at the end.
 *
 * @throws FormError while iterating, if the body does not have this shape; an empty body does not
 * @throws UnsupportedContentType before the first batch, if the body is neither a form nor JSON
 */
export function readRepositories(body: SyncBody): AsyncIterable<RepositoryRow[]> {
  const sink = new Entries<RepositoryRow>((entry, _subject, repository, auth_required) => ({
    entry,
    repository,
    auth_required,
  }));
  return readRows(body, repositoryList, sink, {
    collection: "repositories",
    hasSubjects: false,
    row: (entry, _subject, fields, pointer) => ({
      entry,
      repository: textMember(fields, "repository", pointer),
      auth_required: flagMember(fields, "auth_required", pointer),
    }),
  });
}

/** Reads the mapping of users to repositories; batches and errors as in {@link readRepositories}. */
export function readUserGrants(body: SyncBody): AsyncIterable<GrantRow[]> {
  return readRows(body, userMapping, new Entries(grantRow), jsonMapping("users"));
}

/** Reads the list of hosts; batches and errors as in {@link readRepositories}. */
export function readHosts(body: SyncBody): AsyncIterable<HostRow[]> {
  return readRows(body, hostList, new HostRows(), {
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

/** Reads a mapping of hosts to repositories, of all hosts or of one; batches and errors as in {@link readRepositories}. */
export function readHostGrants(body: SyncBody): AsyncIterable<GrantRow[]> {
  return readRows(body, hostMapping, new Entries(grantRow), jsonMapping("hosts"));
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

async function* readRows<Row>(
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
    yield* readForm(emptyBody(chunks), shape, sink);
  } else {
    throw new UnsupportedContentType(contentType);
  }
}

/** Rejects any content, because a body without a content type must be empty. It counts as an empty form. */
async function* emptyBody(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
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
  place: number,
): GrantRow {
  return { entry, subject, repository, auth_required, place };
}
