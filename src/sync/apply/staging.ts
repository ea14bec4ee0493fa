/** Staging of rows in temporary tables with COPY, with backpressure from the database. */
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
  write(copy: CopyRows, row: Row): void;
  /** Writes rows that `write` has kept, if they may no longer be kept. What is written is sent after each step. */
  spill?(copy: CopyRows): Iterable<void>;
}

async function* encoded<Row>(batches: Batches<Row>, staging: Staging<Row>): AsyncGenerator<Uint8Array> {
  const copy = new CopyRows();
  yield COPY_BEGIN;
  for await (const batch of batches) {
    for (const row of batch) staging.write(copy, row);
    const bytes = copy.take();
    if (bytes.length > 0) yield bytes;
    for (const _ of staging.spill?.(copy) ?? []) yield copy.take();
  }
  yield COPY_END;
}

/** Copies rows into a table. @param bytes what COPY reads in its binary format, from its beginning to its end */
export async function copyInto(
  { client }: Connection,
  table: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const copy = copyFrom(`COPY ${table} FROM STDIN (FORMAT binary)`);
  void client.query(copy); // returns the same stream
  await pipeline(Readable.from(bytes), copy);
}

/** Creates and fills the temporary table `incoming` of this transaction. */
export async function stage<Row>(
  queries: Queries,
  connection: Connection,
  batches: Batches<Row>,
  staging: Staging<Row>,
): Promise<void> {
  await queries.none(`CREATE TEMPORARY TABLE incoming (${staging.columns}) ON COMMIT DROP`);
  await copyInto(connection, "incoming", encoded(batches, staging));
  await queries.none("ANALYZE incoming");
}
