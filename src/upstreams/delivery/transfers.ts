/** Transfers of content through the gateway, bounded in number. */
import { Readable } from "node:stream";
import { siteOf } from "../../connection/network.ts";
import {
  type ContentHeaders,
  type ContentReply,
  type ContentRequest,
  type Redirected,
  withoutConditions,
} from "../../model/content.ts";
import { type RegistryError, registryError, unavailable } from "../../model/errors.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import { contentHeaders, unchangedHeaders } from "../pulp/content-headers.ts";
import { DEFAULT_RETRY_AFTER, MAX_ERROR_BYTES } from "../pulp/refusals.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { ContentHosts } from "./content-hosts.ts";

/** Dependencies of transfers. */
export interface TransferOptions {
  readonly hosts: Pick<ContentHosts, "fetch">;
  /** Maximum number of concurrent transfers, in all and to one address. */
  readonly maxTransfers: number;
  readonly maxTransfersPerAddress: number;
}

/** Headers that are sent to the content host. `If-Range` is not, because Pulp's content app ignores entity tags there. */
const UP = ["range", "if-none-match", "if-modified-since", "accept"];

function headersUp(headers: ContentHeaders): ContentHeaders {
  const up: Record<string, string> = { "accept-encoding": "identity" };
  for (const name of UP) {
    const value = headers[name];
    if (value !== undefined) up[name] = value;
  }
  return up;
}

/** Returns true if the validator of an `If-Range` matches a reply: a strong entity tag, or the exact date (RFC 9110 section 13.1.5). */
const isSame = (ifRange: string, reply: UpstreamReply): boolean =>
  ifRange === headerOf(reply, ifRange.startsWith('"') ? "etag" : "last-modified");

/** Closes the body of a reply that is not passed on. */
export function discard({ body }: UpstreamReply): void {
  if (body instanceof Readable) body.destroy();
}

/** Makes the error for an unusable reply of the content host; `problem` is logged. */
export const unusable = (problem: string): RegistryError =>
  registryError("UNAVAILABLE", {
    status: 502,
    message: "the content host sent an invalid reply",
    cause: new Error(problem),
  });

/** Makes the error for a reply that is not content. */
function failureOf(fetched: UpstreamReply): Error {
  const { status } = fetched;
  if (status === 404) return registryError("BLOB_UNKNOWN");
  if (status === 416) {
    const contentRange = headerOf(fetched, "content-range");
    return registryError("RANGE_INVALID", {
      headers: contentRange === undefined ? {} : { "Content-Range": contentRange },
    });
  }
  if (status === 429 || status === 503 || status === 504) {
    return registryError(status === 429 ? "TOOMANYREQUESTS" : "UNAVAILABLE", {
      status,
      message: "the content host is unavailable",
      headers: { "Retry-After": headerOf(fetched, "retry-after") ?? DEFAULT_RETRY_AFTER },
    });
  }
  return unusable(`the content host replies ${status}`);
}

/**
 * Converts a reply of the content host for the client.
 * @throws RegistryError for everything but content and `304`
 */
export async function contentOf(fetched: UpstreamReply, digest?: string): Promise<ContentReply> {
  const { status, body } = fetched;
  const headers = {
    ...(digest === undefined ? {} : { "Docker-Content-Digest": digest }),
    ...contentHeaders(fetched),
  };
  if (status === 200 || status === 206) return { kind: "content", status, headers, body };
  await drop(fetched, MAX_ERROR_BYTES);
  if (status === 304) return { kind: "unchanged", headers: unchangedHeaders(fetched) };
  throw failureOf(fetched);
}

/** Fetches content from its hosts, within the limits on concurrent transfers. */
export class Transfers {
  readonly #hosts: Pick<ContentHosts, "fetch">;
  readonly #maxTransfers: number;
  readonly #slots: FairSemaphore;

  constructor({ hosts, maxTransfers, maxTransfersPerAddress }: TransferOptions) {
    this.#hosts = hosts;
    this.#maxTransfers = maxTransfers;
    this.#slots = new FairSemaphore({ slots: maxTransfers, slotsPerCaller: maxTransfersPerAddress });
  }

  /**
   * Acquires a transfer slot for a client.
   * @returns a function that releases the slot, and may be called several times
   * @throws RegistryError UNAVAILABLE with 503 if too many transfers are running, with the name of the setting
   */
  begin({ address }: Cancellation): () => void {
    const site = siteOf(address ?? "");
    if (!this.#slots.tryAcquire(site)) {
      const isFull = this.#slots.held >= this.#maxTransfers;
      throw unavailable(
        isFull
          ? `${this.#maxTransfers} transfers are running already (stream_limit)`
          : "too many transfers to this address are running already (stream_limit_per_address)",
        5,
      );
    }
    let runs = true;
    return () => {
      if (runs) this.#slots.release(site);
      runs = false;
    };
  }

  /**
   * Fetches what is at a location; the whole content if an `If-Range` names another version than the current one.
   * @throws RegistryError as `ContentHosts.fetch`
   */
  async fetch(at: Redirected, { method, headers, cancellation }: ContentRequest): Promise<UpstreamReply> {
    const fetch = (up: ContentHeaders) =>
      this.#hosts.fetch({ method, location: at.source, headers: headersUp(up), cancellation });
    const reply = await fetch(headers);
    const ifRange = headers["if-range"];
    const isPart = headers.range !== undefined && (reply.status === 206 || reply.status === 416);
    if (!isPart || ifRange === undefined || isSame(ifRange, reply)) return reply;
    discard(reply);
    return fetch(withoutConditions(headers));
  }
}
