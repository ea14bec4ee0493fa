/** Splits a body into slices that are parsed without yielding to the event loop. */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";

/** Size of a slice, which takes a millisecond or two to parse. */
const MAX_SLICE_BYTES = 256 * 1024;

/** Yields the slices of a body without copying, and lets other work run between them. */
export async function* slices(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let sinceYield = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += MAX_SLICE_BYTES) {
      const length = Math.min(MAX_SLICE_BYTES, chunk.length - from);
      yield Buffer.from(chunk.buffer, chunk.byteOffset + from, length);
      sinceYield += length;
      if (sinceYield >= MAX_SLICE_BYTES) {
        await setImmediate();
        sinceYield = 0;
      }
    }
  }
}
