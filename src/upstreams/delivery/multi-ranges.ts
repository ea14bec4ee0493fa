/**
 * Several ranges of one blob. Pulp's content app answers them with 416, and a redirect would lead there: the gateway
 * fetches the parts one range at a time and sends them as `multipart/byteranges`.
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

/** Bytes between two parts that are fetched with them: a request of its own takes Pulp longer. */
const MAX_GAP_BYTES = 64 * 1024;
/** A location is good for a minute at least when it is handed out. */
const LOCATION_LIFETIME_MS = 30_000;

/** A content that parts are fetched from, and the request for them. */
interface Source {
  readonly question: BlobRequest;
  /** In bytes. */
  readonly length: number;
}

const isSame = (a: Part | undefined, b: Part | undefined): boolean =>
  a?.first === b?.first && a?.last === b?.last;

/** The range to ask for first, whose answer tells the length. */
function firstRange(ranges: readonly ByteRange[]): ByteRange | undefined {
  const isOpen = ranges.some(({ suffix }) => suffix !== undefined);
  return isOpen ? ranges[0] : spansOf(partsOf(ranges, Number.POSITIVE_INFINITY), MAX_GAP_BYTES)[0];
}

/** Answers to requests for several ranges. */
export class MultiRanges {
  readonly #source: Pick<ContentSource, "blob">;
  readonly #transfers: Transfers;

  /** @param source tells where blobs are */
  constructor(source: Pick<ContentSource, "blob">, transfers: Transfers) {
    this.#source = source;
    this.#transfers = transfers;
  }

  /**
   * The parts that the ranges select: as `multipart/byteranges`, or a single one by itself. The whole where the content's
   * host knows no ranges.
   * @throws RegistryError RANGE_INVALID with 416 if no range can be satisfied, others as `StreamedContent.blob`
   */
  async find(question: BlobRequest, ranges: readonly ByteRange[]): Promise<ContentReply> {
    const at = await this.#locate(question);
    if (at.kind !== "redirect") return at;
    const end = this.#transfers.begin(question.cancellation);
    try {
      const answer = await this.#answer(question, ranges, at);
      if (answer.kind === "content" && answer.body instanceof Readable) answer.body.once("close", end);
      else end();
      return answer;
    } catch (error) {
      end();
      throw error;
    }
  }

  async #answer(question: BlobRequest, ranges: readonly ByteRange[], at: Redirected): Promise<ContentReply> {
    const { digest } = question;
    const range = firstRange(ranges);
    const first = await this.#fetch(question, at, range);
    const told = parseContentRange(headerOf(first, "content-range"));
    if ((first.status !== 206 && first.status !== 416) || told === undefined) return contentOf(first, digest);
    const parts = partsOf(ranges, told.length);
    const spans = spansOf(parts, MAX_GAP_BYTES);
    // Not even one: what was answered is a 416.
    if (spans[0] === undefined) return contentOf(first, digest);
    const source = { question, length: told.length };
    const isFirst = first.status === 206 && isSame(told.part, spans[0]);
    if (!isFirst) discard(first);
    const begun = isFirst ? first : await this.#span(source, spans[0], at);
    if (parts.length === 1) return contentOf(begun, digest);

    const { "Content-Range": _, ...headers } = contentHeaders(begun);
    const mediaType = headers["Content-Type"] ?? "application/octet-stream";
    const multipart = new Multipart(parts, told.length, mediaType);
    const own = {
      "Content-Type": multipart.contentType,
      "Content-Length": String(multipart.contentLength),
      "Accept-Ranges": "bytes",
      "Docker-Content-Digest": digest,
    };
    const body = this.#body(source, spans, multipart, begun, at);
    return { kind: "content", status: 206, headers: { ...headers, ...own }, body };
  }

  /** The multipart body, which fetches each span when the client has taken the one before. */
  #body(
    source: Source,
    spans: readonly Span[],
    multipart: Multipart,
    begun: UpstreamReply,
    begunAt: Redirected,
  ): Readable {
    let answer = begun;
    const locate = async () => {
      const at = await this.#locate(source.question);
      if (at.kind !== "redirect") throw unusable("Pulp no longer says where the content is");
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
          answer = await this.#span(source, span, at);
        }
        yield* multipart.write(answer.body, span);
      }
      yield multipart.end();
    };
    const body = Readable.from(write.call(this), { objectMode: false });
    return body.once("close", () => discard(answer));
  }

  /** @throws RegistryError for everything but the bytes of the span */
  async #span({ question, length }: Source, span: Span, at: Redirected): Promise<UpstreamReply> {
    const { method, name, digest, headers, cancellation } = question;
    const plain = { method, name, digest, headers: withoutConditions(headers), cancellation };
    const answer = await this.#fetch(plain, at, span);
    const told = parseContentRange(headerOf(answer, "content-range"));
    if (answer.status === 206 && told?.length === length && isSame(told.part, span)) return answer;
    await contentOf(answer);
    discard(answer);
    throw unusable(
      `the location answers ${answer.status} with other bytes than those of a range that it has`,
    );
  }

  #fetch(question: BlobRequest, at: Redirected, range: ByteRange | undefined): Promise<UpstreamReply> {
    const { method, name, cancellation } = question;
    const headers = { ...question.headers, ...(range === undefined ? {} : { range: rangeHeader(range) }) };
    return this.#transfers.fetch(at, { method, name, headers, cancellation });
  }

  #locate({ method, name, digest, headers, cancellation }: BlobRequest): Promise<ContentReply> {
    return this.#source.blob({ method, name, digest, headers: withoutConditions(headers), cancellation });
  }
}
