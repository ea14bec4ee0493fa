/** A body in pieces that are short enough to be read in one go. */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";

/** Bytes read in one go, a millisecond or two of work. */
const MAX_SLICE_BYTES = 128 * 1024;

/** The pieces of a body, none of them copied; other work has its turn between them. */
export async function* slices(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let sinceRest = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += MAX_SLICE_BYTES) {
      const length = Math.min(MAX_SLICE_BYTES, chunk.length - from);
      yield Buffer.from(chunk.buffer, chunk.byteOffset + from, length);
      sinceRest += length;
      if (sinceRest >= MAX_SLICE_BYTES) {
        await setImmediate();
        sinceRest = 0;
      }
    }
  }
}
