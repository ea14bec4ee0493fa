/** Requests for ranges of a blob. */
import type { BlobRequest, ContentReply, ContentSource } from "../../model/content.ts";
import { withoutRange } from "../../model/content.ts";
import { registryError } from "../../model/errors.ts";
import { parseRanges } from "./byte-ranges.ts";
import type { MultiRanges } from "./multi-ranges.ts";

/** Maximum number of ranges in one request. containers/image requests as many, and half as many after a 400. */
const MAX_RANGES = 1024;

/** Settings and dependencies of {@link RangedBlobs}. */
export interface RangedBlobOptions {
  /** Delivers blobs, and single ranges of them. */
  readonly whole: Pick<ContentSource, "blob">;
  readonly multiRanges: MultiRanges;
  /** Handling of requests with several ranges. */
  readonly multipartRanges: "serve" | "refuse";
}

/** Delivers ranges of blobs. */
export class RangedBlobs {
  readonly #whole: Pick<ContentSource, "blob">;
  readonly #multiRanges: MultiRanges;
  readonly #maxRanges: number;

  constructor({ whole, multiRanges, multipartRanges }: RangedBlobOptions) {
    this.#whole = whole;
    this.#multiRanges = multiRanges;
    this.#maxRanges = multipartRanges === "serve" ? MAX_RANGES : 1;
  }

  /**
   * @param range the `Range` header; ignored if it is malformed (RFC 9110 section 14.2)
   * @throws RegistryError RANGE_INVALID with 400 for too many ranges, after which clients request fewer
   */
  async blob(request: BlobRequest, range: string): Promise<ContentReply> {
    const ranges = parseRanges(range);
    if (ranges === undefined) return this.#whole.blob(withoutRange(request));
    if (ranges.length === 1) return this.#whole.blob(request);
    if (ranges.length <= this.#maxRanges) return this.#multiRanges.find(request, ranges);
    const message = `more than ${this.#maxRanges} range${this.#maxRanges === 1 ? "" : "s"} in one request`;
    throw registryError("RANGE_INVALID", { status: 400, message, detail: { ranges: ranges.length } });
  }
}
