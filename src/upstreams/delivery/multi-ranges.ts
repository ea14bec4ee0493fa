/**
 * Requests for several ranges of one blob. Pulp's content app replies to them with 416, so the gateway does not redirect: it
 * fetches the ranges one at a time and sends them as `multipart/byteranges`.
 */
import { Readable } from "node:stream";
import {
  type BlobRequest,
  type ContentReply,
  type ContentSource,
  type Redirected,
  withoutConditions,
} from "../../model/content.ts";
import { contentHeaders } from "../pulp/content-headers.ts";
import { headerOf, type UpstreamReply } from "../reply.ts";
import {
  type ByteRange,
  type Part,
  parseContentRange,
  partsOf,
  rangeHeader,
  type Span,
  spansOf,
} from "./byte-ranges.ts";
import { Multipart } from "./multipart.ts";
import { contentOf, discard, type Transfers, unusable } from "./transfers.ts";

/** Maximum gap between two parts that are fetched together, because another request takes longer. */
const MAX_GAP_BYTES = 64 * 1024;
/** Time for which a location is reused. It is valid for at least a minute when it is handed out. */
const LOCATION_LIFETIME_MS = 30_000;

/** The blob, and the request for parts of it. */
interface Source {
  readonly request: BlobRequest;
  /** Length of the blob in bytes. */
  readonly length: number;
}

const isSame = (a: Part | undefined, b: Part | undefined): boolean =>
  a?.first === b?.first && a?.last === b?.last;

/** Chooses the range to fetch first; its reply tells the length of the blob. */
function firstRange(ranges: readonly ByteRange[]): ByteRange | undefined {
  const isOpen = ranges.some(({ suffix }) => suffix !== undefined);
  return isOpen ? ranges[0] : spansOf(partsOf(ranges, Number.POSITIVE_INFINITY), MAX_GAP_BYTES)[0];
}

/** Serves requests for several ranges. */
export class MultiRanges {
  readonly #source: Pick<ContentSource, "blob">;
  readonly #transfers: Transfers;

  /** @param source returns locations of blobs */
  constructor(source: Pick<ContentSource, "blob">, transfers: Transfers) {
    this.#source = source;
    this.#transfers = transfers;
  }

  /**
   * Returns the parts that the ranges select as `multipart/byteranges`, or a single part by itself; the whole blob if the
   * content host does not support ranges.
   * @throws RegistryError RANGE_INVALID with 416 if no range can be satisfied, others as `StreamedContent.blob`
   */
  async find(request: BlobRequest, ranges: readonly ByteRange[]): Promise<ContentReply> {
    const at = await this.#locate(request);
    if (at.kind !== "redirect") return at;
    const end = this.#transfers.begin(request.cancellation);
    try {
      const reply = await this.#reply(request, ranges, at);
      if (reply.kind === "content" && reply.body instanceof Readable) reply.body.once("close", end);
      else end();
      return reply;
    } catch (error) {
      end();
      throw error;
    }
  }

  async #reply(request: BlobRequest, ranges: readonly ByteRange[], at: Redirected): Promise<ContentReply> {
    const { digest } = request;
    const range = firstRange(ranges);
    const first = await this.#fetch(request, at, range);
    const contentRange = parseContentRange(headerOf(first, "content-range"));
    if ((first.status !== 206 && first.status !== 416) || contentRange === undefined)
      return contentOf(first, digest);
    const { length } = contentRange;
    const parts = partsOf(ranges, length);
    const spans = spansOf(parts, MAX_GAP_BYTES);
    // No range is satisfiable, so the first reply is a 416.
    if (spans[0] === undefined) return contentOf(first, digest);
    const source = { request, length };
    const isFirst = first.status === 206 && isSame(contentRange.part, spans[0]);
    if (!isFirst) discard(first);
    const begun = isFirst ? first : await this.#span(source, spans[0], at);
    if (parts.length === 1) return contentOf(begun, digest);

    const { "Content-Range": _, ...headers } = contentHeaders(begun);
    const mediaType = headers["Content-Type"] ?? "application/octet-stream";
    const multipart = new Multipart(parts, length, mediaType);
    const own = {
      "Content-Type": multipart.contentType,
      "Content-Length": String(multipart.contentLength),
      "Accept-Ranges": "bytes",
      "Docker-Content-Digest": digest,
    };
    const body = this.#body(source, spans, multipart, begun, at);
    return { kind: "content", status: 206, headers: { ...headers, ...own }, body };
  }

  /** Makes the multipart body, which fetches each span when the client has read the previous one. */
  #body(
    source: Source,
    spans: readonly Span[],
    multipart: Multipart,
    begun: UpstreamReply,
    begunAt: Redirected,
  ): Readable {
    let reply = begun;
    const locate = async () => {
      const at = await this.#locate(source.request);
      if (at.kind !== "redirect") throw unusable("Pulp no longer redirects to the content");
      return at;
    };
    const write = async function* (this: MultiRanges): AsyncGenerator<Uint8Array> {
      let at = begunAt;
      let until = performance.now() + LOCATION_LIFETIME_MS;
      for (const [index, span] of spans.entries()) {
        if (index > 0) {
          if (performance.now() > until) {
            at = await locate();
            until = performance.now() + LOCATION_LIFETIME_MS;
          }
          reply = await this.#span(source, span, at);
        }
        yield* multipart.write(reply.body, span);
      }
      yield multipart.end();
    };
    const body = Readable.from(write.call(this), { objectMode: false });
    return body.once("close", () => discard(reply));
  }

  /** Fetches a span. @throws RegistryError for every reply but the bytes of the span */
  async #span({ request, length }: Source, span: Span, at: Redirected): Promise<UpstreamReply> {
    const { method, name, digest, headers, cancellation } = request;
    const plain = { method, name, digest, headers: withoutConditions(headers), cancellation };
    const reply = await this.#fetch(plain, at, span);
    const contentRange = parseContentRange(headerOf(reply, "content-range"));
    if (reply.status === 206 && contentRange?.length === length && isSame(contentRange.part, span))
      return reply;
    await contentOf(reply);
    discard(reply);
    throw unusable(`the content host replies ${reply.status} with other bytes than the requested range`);
  }

  #fetch(request: BlobRequest, at: Redirected, range: ByteRange | undefined): Promise<UpstreamReply> {
    const { method, name, cancellation } = request;
    const headers = { ...request.headers, ...(range === undefined ? {} : { range: rangeHeader(range) }) };
    return this.#transfers.fetch(at, { method, name, headers, cancellation });
  }

  #locate({ method, name, digest, headers, cancellation }: BlobRequest): Promise<ContentReply> {
    return this.#source.blob({ method, name, digest, headers: withoutConditions(headers), cancellation });
  }
}
