/** Transfers of content through the gateway: a bounded number of them, from where Pulp says that the content is. */
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
import { contentHeaders, newsHeaders } from "../pulp/content-headers.ts";
import { MAX_ERROR_BYTES, SOON } from "../pulp/refusals.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { ContentHosts } from "./content-hosts.ts";

/** Dependencies of transfers. */
export interface TransferOptions {
  readonly hosts: Pick<ContentHosts, "ask">;
  /** Transfers at the same time, at most, in all and to one address. */
  readonly limit: number;
  readonly limitPerAddress: number;
}

/** Headers that the content's host reads. `If-Range` is not among them: Pulp's content app ignores entity tags there. */
const UP = ["range", "if-none-match", "if-modified-since", "accept"];

function headersUp(headers: ContentHeaders): ContentHeaders {
  const up: Record<string, string> = { "accept-encoding": "identity" };
  for (const name of UP) {
    const value = headers[name];
    if (value !== undefined) up[name] = value;
  }
  return up;
}

/** Whether the validator of an `If-Range` is that of an answer: a strong entity tag, or the very date (RFC 9110 section 13.1.5). */
const isSame = (ifRange: string, answer: UpstreamReply): boolean =>
  ifRange === headerOf(answer, ifRange.startsWith('"') ? "etag" : "last-modified");

/** Closes the body of an answer that is not passed on. */
export function discard({ body }: UpstreamReply): void {
  if (body instanceof Readable) body.destroy();
}

/** The error for an answer of the content's host that makes no sense; `problem` goes to the log. */
export const unusable = (problem: string): RegistryError =>
  registryError("UNAVAILABLE", {
    status: 502,
    message: "the content can't be had where Pulp says that it is",
    cause: new Error(problem),
  });

/** The error for content that is not where Pulp says. */
function failureOf(fetched: UpstreamReply): Error {
  const { status } = fetched;
  if (status === 404) return registryError("BLOB_UNKNOWN");
  if (status === 416) {
    const told = headerOf(fetched, "content-range");
    return registryError("RANGE_INVALID", { headers: told === undefined ? {} : { "Content-Range": told } });
  }
  if (status === 429 || status === 503 || status === 504) {
    return registryError(status === 429 ? "TOOMANYREQUESTS" : "UNAVAILABLE", {
      status,
      message: "the content can't be had now where Pulp says that it is",
      headers: { "Retry-After": headerOf(fetched, "retry-after") ?? SOON },
    });
  }
  return unusable(`the location answers ${status}`);
}

/**
 * What the content's host said, for the client.
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
  if (status === 304) return { kind: "unchanged", headers: newsHeaders(fetched) };
  throw failureOf(fetched);
}

/** The transfers of one gateway. */
export class Transfers {
  readonly #hosts: Pick<ContentHosts, "ask">;
  readonly #limit: number;
  readonly #slots: FairSemaphore;

  constructor({ hosts, limit, limitPerAddress }: TransferOptions) {
    this.#hosts = hosts;
    this.#limit = limit;
    this.#slots = new FairSemaphore({ slots: limit, slotsPerCaller: limitPerAddress });
  }

  /**
   * Counts one more transfer to whoever wants it.
   * @returns what ends it, once however often it is called
   * @throws RegistryError UNAVAILABLE with 503 if too many run already, with the setting that says so
   */
  begin({ address }: Cancellation): () => void {
    const site = siteOf(address ?? "");
    if (!this.#slots.tryAcquire(site)) {
      const isFull = this.#slots.held >= this.#limit;
      throw unavailable(
        isFull
          ? `${this.#limit} transfers run already, see the setting stream_limit`
          : "too many transfers to this address run already, see the setting stream_limit_per_address",
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
   * Requests what is at a location: all of it where an `If-Range` names another version than the one that is there.
   * @throws RegistryError as `ContentHosts.ask`
   */
  async fetch(at: Redirected, { method, headers, cancellation }: ContentRequest): Promise<UpstreamReply> {
    const ask = (up: ContentHeaders) =>
      this.#hosts.ask({ method, location: at.source, headers: headersUp(up), cancellation });
    const answer = await ask(headers);
    const ifRange = headers["if-range"];
    const isPart = headers.range !== undefined && (answer.status === 206 || answer.status === 416);
    if (!isPart || ifRange === undefined || isSame(ifRange, answer)) return answer;
    discard(answer);
    return ask(withoutConditions(headers));
  }
}
