/** Rows of a number and many others, as COPY's binary format sends them: far fewer bytes than one row for each of the others. */
import { setImmediate } from "node:timers/promises";
import { to as copyTo } from "pg-copy-streams";
import type { Connection } from "../../database/database.ts";
import { COPY_BEGIN } from "./copy-rows.ts";

/** Bytes that are read without a pause for other work: a millisecond of looking up. */
const MAX_BYTES_AT_ONCE = 32 * 1024;

/** Number of columns, length and value of the first one, and length of the second one. */
const HEAD_BYTES = 14;
const NUMBER_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/** A row, or a part of one that is long. */
interface PackedRow {
  readonly first: number;
  /** The others, big-endian, of four bytes each. */
  readonly others: Buffer;
}

/** Reads the rows that a statement selects. @param select statement whose columns are an integer, and integers packed by `int4send` */
export async function* packedRows({ client }: Connection, select: string): AsyncGenerator<PackedRow> {
  const copy = copyTo(`COPY (${select}) TO STDOUT (FORMAT binary)`);
  void client.query(copy); // returns the same stream
  let rest: Buffer = NOTHING;
  let headerBytes = COPY_BEGIN.length;
  let first = 0;
  let othersBytes = 0;
  for await (const chunk of copy) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = Math.min(headerBytes, bytes.length);
    headerBytes -= at;
    let paused = at;
    for (;;) {
      if (othersBytes === 0) {
        if (bytes.length - at < HEAD_BYTES) break;
        first = bytes.readInt32BE(at + 6);
        othersBytes = bytes.readInt32BE(at + HEAD_BYTES - 4);
        at += HEAD_BYTES;
      }
      const available = Math.min(othersBytes, bytes.length - at, MAX_BYTES_AT_ONCE);
      const length = available - (available % NUMBER_BYTES);
      if (length === 0) break;
      yield { first, others: bytes.subarray(at, at + length) };
      at += length;
      othersBytes -= length;
      if (at - paused < MAX_BYTES_AT_ONCE) continue;
      await setImmediate();
      paused = at;
    }
    rest = bytes.subarray(at);
    // The database may send faster than this reads: its next bytes must not come before other work.
    await setImmediate();
  }
}
