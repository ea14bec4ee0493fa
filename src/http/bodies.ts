/** The bodies of requests: read by whom it concerns, and read on where a reply comes before their end. */
import type { IncomingMessage } from "node:http";
import { unlessAborted } from "../resilience/unless-aborted.ts";
import type { Settings } from "../settings/keys.ts";

/** A body in chunks. Whoever stops half way leaves the connection as it is, so that a reply can still be given. */
export const chunksOf = (request: IncomingMessage): AsyncIterable<Uint8Array> =>
  request.iterator({ destroyOnReturn: false });

/** How much of a body is read that nobody wants any more. */
export interface UnwantedBounds {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/** For anybody: what comes in is garbage, and while it is collected everybody waits. */
export const UNWANTED: UnwantedBounds = { bytes: 1024 ** 2, timeoutMs: 10_000 };

/** For Katello, which sends all of a body before it looks for the reply, and gives up after 60 s. */
export const unwantedOfSyncs = ({ max_sync_bytes }: Pick<Settings, "max_sync_bytes">): UnwantedBounds => ({
  // A body over the bound is still read to its end, unless it is more than twice as long.
  bytes: 2 * max_sync_bytes,
  timeoutMs: 60_000,
});

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/**
 * Reads on to the end of a body that nobody wants any more: most senders, Katello's among them, don't look for a reply
 * before they have sent everything, and take a connection that closes on them for a fault of the network.
 * @returns whether the end was reached
 */
export async function readOn(request: IncomingMessage, bounds: UnwantedBounds): Promise<boolean> {
  if (request.complete || !hasBody(request)) return true;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), bounds.timeoutMs);
  const chunks = chunksOf(request)[Symbol.asyncIterator]();
  let length = 0;
  try {
    for (;;) {
      const next = await unlessAborted(late.signal, chunks.next());
      if (next.done === true) return true;
      length += next.value.length;
      if (length > bounds.bytes) return false;
    }
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
