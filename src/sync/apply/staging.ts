/** Brings rows into a temporary table with COPY, as fast as they come and no faster than the database takes them. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Connection, Queries } from "../../database/database.ts";
import type { Batches } from "../../model/syncs.ts";
import { COPY_BEGIN, COPY_END, CopyRows } from "./copy-rows.ts";

/** The temporary table, and how rows are written to it. */
export interface Staging<Row> {
  /** SQL of its columns. */
  readonly columns: string;
  readonly write: (copy: CopyRows, row: Row) => void;
}

async function* encoded<Row>(
  batches: Batches<Row>,
  write: Staging<Row>["write"],
): AsyncGenerator<Uint8Array> {
  const copy = new CopyRows();
  yield COPY_BEGIN;
  for await (const batch of batches) {
    for (const row of batch) write(copy, row);
    const bytes = copy.take();
    if (bytes.length > 0) yield bytes;
  }
  yield COPY_END;
}

/** Makes the temporary table `incoming` of this transaction and fills it. */
export async function stage<Row>(
  queries: Queries,
  { client }: Connection,
  batches: Batches<Row>,
  { columns, write }: Staging<Row>,
): Promise<void> {
  await queries.none(`CREATE TEMPORARY TABLE incoming (${columns}) ON COMMIT DROP`);
  const copy = copyFrom("COPY incoming FROM STDIN (FORMAT binary)");
  void client.query(copy); // hands the very stream back
  await pipeline(Readable.from(encoded(batches, write)), copy);
  await queries.none("ANALYZE incoming");
}
