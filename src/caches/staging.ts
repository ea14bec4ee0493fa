/** Brings rows into a temporary table with COPY, as fast as they come and no faster than the database takes them. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Batches } from "../grants.ts";
import type { Connection, Queries } from "./database.ts";

/** One row; null is SQL's NULL. */
export type StagedRow = readonly (string | null)[];

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** COPY's text format (PostgreSQL documentation, "COPY", section "Text Format"). */
const encode = (value: string | null): string =>
  value === null
    ? "\\N"
    : /[\\\t\n\r]/.test(value)
      ? value.replace(/[\\\t\n\r]/g, (found) => ESCAPES[found] ?? found)
      : value;

async function* lines(batches: Batches<StagedRow>): AsyncGenerator<string> {
  for await (const batch of batches) {
    if (batch.length > 0) yield `${batch.map((row) => row.map(encode).join("\t")).join("\n")}\n`;
  }
}

/**
 * Makes the temporary table `incoming` of this transaction and fills it.
 * @param columns SQL of its columns
 */
export async function stage(
  queries: Queries,
  { client }: Connection,
  columns: string,
  batches: Batches<StagedRow>,
): Promise<void> {
  await queries.none(`CREATE TEMPORARY TABLE incoming (${columns}) ON COMMIT DROP`);
  const copy = copyFrom("COPY incoming FROM STDIN");
  void client.query(copy); // hands the very stream back
  await pipeline(Readable.from(lines(batches)), copy);
  await queries.none("ANALYZE incoming");
}
