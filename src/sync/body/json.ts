/** Sync bodies as JSON. Katello sends forms; JSON is for other clients, and is read whole, under a bound. */
import { Buffer } from "node:buffer";
import { FormError } from "./body-errors.ts";

/** Bytes of a JSON body. Parsing so many takes about as long as a garbage collection; forms are read as streams. */
export const MAX_JSON_BYTES = 16 * 1024 ** 2;
/** Rows of a batch. */
const MAX_BATCH = 4_096;

/** The JSON body is longer than `MAX_JSON_BYTES`. */
export class JsonTooLong extends Error {
  override readonly name = "JsonTooLong";
}

/** An entry of the body. */
export type JsonEntry = Readonly<Record<string, unknown>>;

/** Structure of the JSON of one sync. */
export interface JsonShape<Row> {
  /** The only member of the body, a list. */
  readonly collection: string;
  /** True if entries stand in lists under the names of their subjects (`[{ alice: [entry] }]`). */
  readonly hasSubjects: boolean;
  /** Makes the row of an entry, whose number is 0 for a subject without entries; @throws FormError for wrong types */
  row(entry: number, subject: string, fields: JsonEntry, pointer: string): Row | undefined;
}

/** True for a JSON object. */
function isObject(value: unknown): value is JsonEntry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(value: unknown, pointer: string): JsonEntry {
  if (!isObject(value)) throw new FormError("expected a JSON object", pointer);
  return value;
}

function listAt(value: unknown, pointer: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new FormError("expected a JSON list", pointer);
  return value;
}

/**
 * Returns a member that is text, or undefined for one that is missing or null.
 * @throws FormError for any other type
 */
export function textMember(fields: JsonEntry, name: string, pointer: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new FormError("expected text", `${pointer}/${name}`);
}

/** Returns a member that is text or a truth value, as `textMember`. */
export function flagMember(fields: JsonEntry, name: string, pointer: string): string | boolean | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "boolean" ? value : textMember(fields, name, pointer);
}

async function parsed(chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > MAX_JSON_BYTES)
      throw new JsonTooLong(`a JSON body may have ${MAX_JSON_BYTES} bytes: send it as a form`);
    parts.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)));
  } catch (error) {
    throw new FormError(
      `the body is not JSON in UTF-8: ${error instanceof Error ? error.message : error}`,
      length,
    );
  }
}

function* rowsOf<Row>(body: unknown, { collection, hasSubjects, row }: JsonShape<Row>): Generator<Row> {
  const whole = objectAt(body, "");
  if (!Object.hasOwn(whole, collection)) throw new FormError(`the key \`${collection}\` is missing`, "");
  if (Object.keys(whole).length > 1) throw new FormError(`expected the key \`${collection}\` alone`, "");
  let number = 0;
  for (const [index, element] of listAt(whole[collection], `/${collection}`).entries()) {
    const pointer = `/${collection}/${index}`;
    const object = objectAt(element, pointer);
    const lists: [subject: string, entries: readonly unknown[], pointer: string][] = hasSubjects
      ? Object.entries(object).map(([name, list]) => [
          name,
          listAt(list, `${pointer}/${name}`),
          `${pointer}/${name}`,
        ])
      : [["", [object], pointer]];
    for (const [subject, entries, at] of lists) {
      if (hasSubjects && subject === "") throw new FormError("the name of a subject is empty", at);
      if (entries.length === 0) yield* found(row(0, subject, {}, at));
      for (const [place, entry] of entries.entries()) {
        const where = hasSubjects ? `${at}/${place}` : at;
        number += 1;
        yield* found(row(number, subject, objectAt(entry, where), where));
      }
    }
  }
}

function* found<Row>(row: Row | undefined): Generator<Row> {
  if (row !== undefined) yield row;
}

/**
 * Reads a JSON body of a shape in batches of rows.
 * @throws FormError for a body that is not JSON in UTF-8, or not of that shape, with a JSON Pointer (RFC 6901)
 * @throws JsonTooLong past `MAX_JSON_BYTES`
 */
export async function* readJson<Row>(
  chunks: AsyncIterable<Uint8Array>,
  shape: JsonShape<Row>,
): AsyncGenerator<Row[], void, undefined> {
  let batch: Row[] = [];
  for (const row of rowsOf(await parsed(chunks), shape)) {
    batch.push(row);
    if (batch.length < MAX_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
