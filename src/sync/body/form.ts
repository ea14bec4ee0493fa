/** Streaming parser of forms, which buffers at most one pair between two chunks. */
import { Buffer } from "node:buffer";
import { FormError } from "./body-errors.ts";
import { slices } from "./chunks.ts";
import type { Shape } from "./form-key.ts";
import { PairReader, type PairSink } from "./form-pairs.ts";
import { MAX_TEXT_BYTES } from "./form-text.ts";

/** Assembles rows from pairs. */
export interface RowSink<Row> extends PairSink {
  rows: Row[];
  /** Completes the open row at the end of the body. */
  close(): void;
}

const AMPERSAND = 0x26;

/** Maximum length of a pair: a key, `=` and a value. */
const MAX_PAIR_BYTES = 2 * MAX_TEXT_BYTES + 1;

/**
 * Parses a form of the given shape and yields the sink's rows in batches, between which other work can run.
 *
 * @throws FormError at the first byte where the body does not match the shape, also if it is empty
 */
export async function* readForm<Row>(
  chunks: AsyncIterable<Uint8Array>,
  shape: Shape,
  sink: RowSink<Row>,
): AsyncGenerator<Row[], void, undefined> {
  const reader = new PairReader(shape, sink);
  let begun: Buffer[] = [];
  let begunLength = 0;
  let base = 0;

  const finishPair = (tail: Buffer) => {
    const pair = begun.length === 0 ? tail : Buffer.concat([...begun, tail]);
    reader.read(pair, 0, pair.length, base - begunLength);
    begun = [];
    begunLength = 0;
  };

  for await (const bytes of slices(chunks)) {
    const lastEnd = bytes.lastIndexOf(AMPERSAND);
    if (lastEnd >= 0) {
      const firstEnd = begun.length === 0 ? -1 : bytes.indexOf(AMPERSAND);
      if (firstEnd >= 0) finishPair(bytes.subarray(0, firstEnd));
      reader.read(bytes, firstEnd + 1, lastEnd, base);
    }
    if (lastEnd + 1 < bytes.length) begun.push(bytes.subarray(lastEnd + 1));
    begunLength += bytes.length - lastEnd - 1;
    base += bytes.length;
    if (begunLength > MAX_PAIR_BYTES) finishPair(Buffer.alloc(0));
    if (sink.rows.length > 0) yield takeRows(sink);
  }
  if (begunLength > 0) finishPair(Buffer.alloc(0));
  if (reader.pairs === 0) throw new FormError(`the key \`${shape.collection}\` is missing`, base);
  sink.close();
  if (sink.rows.length > 0) yield takeRows(sink);
}

function takeRows<Row>(sink: RowSink<Row>): Row[] {
  const rows = sink.rows;
  sink.rows = [];
  return rows;
}
