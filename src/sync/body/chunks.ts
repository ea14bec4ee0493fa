/** A body in pieces that are short enough to be read in one go. */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";

/** Bytes read in one go, a millisecond or two of work. */
const STRETCH = 128 * 1024;

/** The pieces of a body, none of them copied; other work has its turn between them. */
export async function* stretches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let sinceRest = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += STRETCH) {
      const length = Math.min(STRETCH, chunk.length - from);
      yield Buffer.from(chunk.buffer, chunk.byteOffset + from, length);
      sinceRest += length;
      if (sinceRest >= STRETCH) {
        await setImmediate();
        sinceRest = 0;
      }
    }
  }
}
