/** The bodies of requests: read by whom it concerns, and read on where an answer comes before their end. */
import type { IncomingMessage } from "node:http";

/** A body in chunks. Whoever stops half way leaves the connection as it is, so that an answer can still be given. */
export const chunksOf = (request: IncomingMessage): AsyncIterable<Uint8Array> =>
  request.iterator({ destroyOnReturn: false });

/** How long a sender is listened to that has its answer coming, in milliseconds: Katello itself gives up after 60 s. */
const PATIENCE = 60_000;

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/**
 * Reads on to the end of a body that nobody wants any more: most senders, Katello's among them, don't look for an answer
 * before they have sent everything, and take a connection that closes on them for a fault of the network.
 * @param most bytes to read
 * @returns whether the end was reached
 */
export async function readOn(request: IncomingMessage, most: number): Promise<boolean> {
  if (request.complete || !hasBody(request)) return true;
  const late = setTimeout(() => request.destroy(), PATIENCE);
  let length = 0;
  try {
    for await (const chunk of chunksOf(request)) {
      length += chunk.length;
      if (length > most) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}
