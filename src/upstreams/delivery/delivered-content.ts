/** Content as it is delivered to clients: by redirect or by stream, as configured, and parts of it where clients want some. */
import type { BlobRequest, ContentReply, ContentSource, ManifestRequest } from "../../model/content.ts";
import { withoutRange } from "../../model/content.ts";
import { registryError } from "../../model/errors.ts";
import { isDigest } from "../../model/names.ts";
import { parseRanges } from "./byte-ranges.ts";
import { MultiRanges } from "./multi-ranges.ts";
import { StreamedContent } from "./streamed-content.ts";
import type { Transfers } from "./transfers.ts";

/** How content is delivered. */
export interface DeliveryOptions {
  /** Tells where content is. */
  readonly source: ContentSource;
  readonly transfers: Transfers;
  readonly delivery: "redirect" | "stream";
  /** What becomes of several ranges. */
  readonly multipartRanges: "serve" | "refuse";
}

/** Ranges in one request at most. containers/image asks for as many, and for half as many after a 400. */
const MAX_RANGES = 1024;

/** Content for clients. */
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

  /** An older Pulp redirects to a host that reads `Accept` once more: where it would not understand, the gateway asks it. */
  manifest(question: ManifestRequest): Promise<ContentReply> {
    const canFollow = question.accept.isLiteral || isDigest(question.reference);
    return (canFollow ? this.#plain : this.#streamed).manifest(question);
  }

  /** @throws RegistryError RANGE_INVALID with 400 for more ranges than are served: clients then ask for fewer */
  blob(question: BlobRequest): Promise<ContentReply> {
    const { range } = question;
    return range === undefined ? this.#plain.blob(question) : this.#parts(question, range);
  }

  async #parts(question: BlobRequest, range: string): Promise<ContentReply> {
    const ranges = parseRanges(range);
    if (ranges === undefined) return this.#plain.blob(withoutRange(question));
    if (ranges.length === 1) return this.#plain.blob(question);
    if (ranges.length <= this.#maxRanges) return this.#ranges.find(question, ranges);
    const message = `more than ${this.#maxRanges} range${this.#maxRanges === 1 ? "" : "s"} in one request`;
    throw registryError("RANGE_INVALID", { status: 400, message, detail: { ranges: ranges.length } });
  }
}
