/** The same pushes as JSON. Unlike forms they are read whole: only tests and people send them. */
import { Buffer, isUtf8 } from "node:buffer";
import { FormError } from "./form-error.ts";
import type { GrantRow, HostRow, RepositoryRow } from "./row.ts";

/** The longest JSON body that is read, in bytes. */
const LONGEST_JSON = 64 * 1024 * 1024;

type JsonObject = Record<string, unknown>;

/** Rows of `{"repositories":[{"repository":"a/b","auth_required":false}]}`. */
export function* repositoryRows(body: JsonObject): Generator<RepositoryRow, void, undefined> {
  for (const [index, item] of list(body, "repositories").entries()) {
    const entry = index + 1;
    yield { entry, ...repositoryOf(item, `entry ${entry}`) };
  }
}

/** Rows of `{"users":[{"alice":[{"repository":"a/b","auth_required":true}]},{"bob":[]}]}`; for hosts with their uuids. */
export function* grantRows(
  body: JsonObject,
  collection: "users" | "hosts",
): Generator<GrantRow, void, undefined> {
  let entry = 0;
  for (const [index, item] of list(body, collection).entries()) {
    if (!isObject(item)) throw misfit(`element ${index + 1} of \`${collection}\` is not an object`);
    for (const [subject, repositories] of Object.entries(item)) {
      if (subject === "") throw misfit(`element ${index + 1} of \`${collection}\` has an empty name`);
      if (!Array.isArray(repositories))
        throw misfit(`what stands for a name in \`${collection}\` is not a list`);
      if (repositories.length === 0)
        yield { entry: 0, subject, repository: undefined, auth_required: undefined };
      for (const repository of repositories) {
        entry++;
        yield { entry, subject, ...repositoryOf(repository, `entry ${entry}`) };
      }
    }
  }
}

/** Rows of `{"hosts":[{"uuid":"u-1"}]}`. */
export function* hostRows(body: JsonObject): Generator<HostRow, void, undefined> {
  for (const [index, item] of list(body, "hosts").entries()) {
    const entry = index + 1;
    if (!isObject(item) || Object.keys(item).some((name) => name !== "uuid")) {
      throw misfit(`entry ${entry} is not an object with a uuid and nothing else`);
    }
    const uuid = item.uuid ?? "";
    if (typeof uuid !== "string") throw misfit(`the uuid of entry ${entry} is not text`);
    if (uuid !== "") yield { entry, uuid };
  }
}

/**
 * Reads a JSON object.
 *
 * @throws FormError if the body is longer than {@link LONGEST_JSON}, or is not a JSON object in UTF-8
 */
export async function readObject(chunks: AsyncIterable<Uint8Array>): Promise<JsonObject> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LONGEST_JSON) {
      throw new FormError(
        `JSON is read up to ${LONGEST_JSON} bytes, longer pushes have to be forms`,
        LONGEST_JSON,
      );
    }
    parts.push(chunk);
  }
  const bytes = Buffer.concat(parts);
  if (!isUtf8(bytes)) throw new FormError("the text is not UTF-8", firstNotUtf8(bytes));
  const value = parse(bytes.toString("utf8"));
  if (!isObject(value)) throw misfit("expected a JSON object");
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const said = /at position (\d+)/.exec(message)?.[1];
    const place = said === undefined ? (message.includes("end of JSON") ? text.length : 0) : Number(said);
    throw new FormError("the body is not JSON", Buffer.byteLength(text.slice(0, place)));
  }
}

/** Decoding puts a replacement character for what is wrong, so there, or up to two bytes later, the text encoded again differs. */
function firstNotUtf8(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString("utf8"));
  const place = bytes.findIndex((byte, at) => byte !== again[at]);
  return place < 0 ? bytes.length : place;
}

function list(body: JsonObject, collection: string): unknown[] {
  const value = body[collection];
  if (value === undefined) throw misfit(`the key \`${collection}\` is missing`);
  if (!Array.isArray(value)) throw misfit(`\`${collection}\` is not a list`);
  if (Object.keys(body).length > 1) throw misfit(`unexpected key, expected \`${collection}\` alone`);
  return value;
}

function repositoryOf(value: unknown, where: string): Omit<RepositoryRow, "entry"> {
  if (!isObject(value)) throw misfit(`${where} is not an object`);
  const repository = value.repository ?? undefined;
  const auth_required = value.auth_required ?? undefined;
  if (repository !== undefined && typeof repository !== "string") {
    throw misfit(`the repository of ${where} is not text`);
  }
  if (
    auth_required !== undefined &&
    typeof auth_required !== "string" &&
    typeof auth_required !== "boolean"
  ) {
    throw misfit(`auth_required of ${where} is neither true nor false`);
  }
  return { repository, auth_required };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON that parses yet is no push; the parser tells no places, so the text of the error says where. */
function misfit(message: string): FormError {
  return new FormError(message, 0);
}
