/** Staging of rows in a temporary table with COPY, with backpressure from the database. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Connection, Queries } from "../../database/database.ts";
import type { Batches } from "../../model/syncs.ts";
import { COPY_BEGIN, COPY_END, CopyRows } from "./copy-rows.ts";

/** Columns of the temporary table, and the encoder of its rows. */
export interface Staging<Row> {
  /** Column definitions in SQL. */
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

/** Creates and fills the temporary table `incoming` of this transaction. */
export async function stage<Row>(
  queries: Queries,
  { client }: Connection,
  batches: Batches<Row>,
  { columns, write }: Staging<Row>,
): Promise<void> {
  await queries.none(`CREATE TEMPORARY TABLE incoming (${columns}) ON COMMIT DROP`);
  const copy = copyFrom("COPY incoming FROM STDIN (FORMAT binary)");
  void client.query(copy); // returns the same stream
  await pipeline(Readable.from(encoded(batches, write)), copy);
  await queries.none("ANALYZE incoming");
}
