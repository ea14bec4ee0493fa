/** Request bodies: reading them in chunks, and draining those that no handler reads to the end. */
import type { IncomingMessage } from "node:http";
import { peerOf } from "../connection/peer.ts";
import { unlessAborted } from "../resilience/unless-aborted.ts";
import type { Settings } from "../settings/keys.ts";
import type { Exchange } from "./exchange.ts";
import { hasBody } from "./requests.ts";

/** Chunks of a body. Ending the iteration early keeps the connection open, so that a reply can still be sent. */
export const chunksOf = (request: IncomingMessage): AsyncIterable<Uint8Array> =>
  request.iterator({ destroyOnReturn: false });

/** Limits on draining a body. */
interface DrainLimits {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/** Limits for most callers: drained bytes cost garbage collection, which delays all requests. */
const DRAIN_LIMITS: DrainLimits = { bytes: 1024 ** 2, timeoutMs: 10_000 };

/** Limits for a client certificate that may not administer: a Katello should see why it is refused, a host must not stream. */
const REFUSED_SYNC_DRAIN_LIMITS: DrainLimits = { bytes: 64 * 1024 ** 2, timeoutMs: 10_000 };

/** Limits for Katello, which sends the whole body before it reads the reply, and times out after 60 s. */
const drainLimitsOfSyncs = ({ max_sync_bytes }: Pick<Settings, "max_sync_bytes">): DrainLimits => ({
  // A body over the limit is drained to its end, up to twice the limit.
  bytes: 2 * max_sync_bytes,
  timeoutMs: 60_000,
});

/**
 * Reads the rest of a body and discards it: most clients, including Katello's, read the reply only after they have sent
 * the whole body, and report a network error if the connection closes before that.
 * @returns true if the end was reached
 */
export async function drainBody(request: IncomingMessage, bounds: DrainLimits): Promise<boolean> {
  if (!hasBody(request)) return true;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), bounds.timeoutMs);
  const chunks = chunksOf(request)[Symbol.asyncIterator]();
  let length = 0;
  try {
    for (;;) {
      const next = await unlessAborted(timeout.signal, chunks.next());
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

/** Limits on draining the body of a request. Katello reads a reply only after it has sent the whole body. */
export function drainLimits(exchange: Exchange, settings: Pick<Settings, "max_sync_bytes">): DrainLimits {
  if (!exchange.operation?.isAdministration) return DRAIN_LIMITS;
  if (exchange.caller?.kind === "administrator") return drainLimitsOfSyncs(settings);
  // May be a Katello that `trusted_hosts` does not name, which should see why it is refused.
  return peerOf(exchange.request).certificate === undefined ? DRAIN_LIMITS : REFUSED_SYNC_DRAIN_LIMITS;
}
