/** Lists of referrers, in front of Pulp. Who may see the repository is decided before anybody is asked here. */
import type { Descriptor, DigestRequest, ReferrerLists } from "../../model/content.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import { CachedLists } from "./cached-lists.ts";

/** What a descriptor costs beside the letters of its JSON, in bytes. */
const ENTRY_OVERHEAD_BYTES = 300;

/** Lists of referrers in front of Pulp, empty ones among them. */
export class CachedReferrers implements ReferrerLists {
  readonly #source: ReferrerLists;
  readonly #lists: CachedLists<Descriptor>;

  /**
   * @param ttl seconds that a list is kept
   * @param limit bytes to keep lists in
   */
  constructor(source: ReferrerLists, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttl,
      limit,
      bytesOf: (descriptor) => 2 * JSON.stringify(descriptor).length + ENTRY_OVERHEAD_BYTES,
    });
  }

  referrers(question: DigestRequest): Promise<readonly Descriptor[]> {
    const { method, name, digest, headers } = question;
    const ask = (cancellation: Cancellation) =>
      this.#source.referrers({ method, name, digest, headers, cancellation });
    return this.#lists.find(`${name}@${digest}`, ask, question);
  }
}
