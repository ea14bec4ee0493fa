/** The same pushes as JSON, read as they arrive. */

import { slices } from "./chunks.ts";
import { JsonRows, type JsonShape } from "./json-rows.ts";
import { JsonReader } from "./json-tokens.ts";

/**
 * Reads JSON of the given shape and yields its rows in batches, giving way to other work between them.
 *
 * @throws FormError at the first place where the body is not JSON in UTF-8, or not of that shape
 */
export async function* readJson<Row>(
  chunks: AsyncIterable<Uint8Array>,
  shape: JsonShape<Row>,
): AsyncGenerator<Row[], void, undefined> {
  const sink = new JsonRows(shape);
  const reader = new JsonReader(sink);
  let base = 0;
  for await (const bytes of slices(chunks)) {
    reader.read(bytes, base);
    base += bytes.length;
    if (sink.rows.length > 0) {
      yield sink.rows;
      sink.rows = [];
    }
  }
  reader.end(base);
  sink.end(base);
}
