/** Delivery of content to clients: by redirect or by stream, as configured, whole or in ranges. */
import type { BlobRequest, ContentReply, ContentSource, ManifestRequest } from "../../model/content.ts";
import { withoutRange } from "../../model/content.ts";
import { registryError } from "../../model/errors.ts";
import { isDigest } from "../../model/names.ts";
import { parseRanges } from "./byte-ranges.ts";
import { MultiRanges } from "./multi-ranges.ts";
import { StreamedContent } from "./streamed-content.ts";
import type { Transfers } from "./transfers.ts";

/** Settings and dependencies of the delivery. */
export interface DeliveryOptions {
  /** Returns content or its location. */
  readonly source: ContentSource;
  readonly transfers: Transfers;
  readonly delivery: "redirect" | "stream";
  /** Handling of requests with several ranges. */
  readonly multipartRanges: "serve" | "refuse";
}

/** Maximum number of ranges in one request. containers/image requests as many, and half as many after a 400. */
const MAX_RANGES = 1024;

/** Delivers content to clients. */
export class DeliveredContent implements ContentSource {
  readonly #plain: ContentSource;
  readonly #streamed: ContentSource;
  readonly #ranges: MultiRanges;
  readonly #maxRanges: number;

  constructor({ source, transfers, delivery, multipartRanges }: DeliveryOptions) {
    this.#streamed = new StreamedContent(source, transfers);
    this.#plain = delivery === "stream" ? this.#streamed : source;
    this.#ranges = new MultiRanges(source, transfers);
    this.#maxRanges = multipartRanges === "serve" ? MAX_RANGES : 1;
  }

  /** Streams a manifest by tag if the client's `Accept` has wildcards: an older Pulp redirects to a host that would not understand it. */
  manifest(request: ManifestRequest): Promise<ContentReply> {
    const canFollow = request.accept.isLiteral || isDigest(request.reference);
    return (canFollow ? this.#plain : this.#streamed).manifest(request);
  }

  /** @throws RegistryError RANGE_INVALID with 400 for too many ranges, after which clients request fewer */
  blob(request: BlobRequest): Promise<ContentReply> {
    const { range } = request;
    return range === undefined ? this.#plain.blob(request) : this.#parts(request, range);
  }

  async #parts(request: BlobRequest, range: string): Promise<ContentReply> {
    const ranges = parseRanges(range);
    if (ranges === undefined) return this.#plain.blob(withoutRange(request));
    if (ranges.length === 1) return this.#plain.blob(request);
    if (ranges.length <= this.#maxRanges) return this.#ranges.find(request, ranges);
    const message = `more than ${this.#maxRanges} range${this.#maxRanges === 1 ? "" : "s"} in one request`;
    throw registryError("RANGE_INVALID", { status: 400, message, detail: { ranges: ranges.length } });
  }
}
