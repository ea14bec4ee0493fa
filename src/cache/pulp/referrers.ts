/** Lists of referrers, in front of Pulp. Who may see the repository is decided before anybody is asked here. */
import type { Descriptor, DigestQuestion, ReferrerLists } from "../../model/content.ts";
import type { Interest } from "../../resilience/cancellation.ts";
import { KeptLists } from "./cached-lists.ts";

/** What a descriptor costs beside the letters of its JSON, in bytes. */
const OVERHEAD_BYTES = 300;

/** Lists of referrers in front of Pulp, empty ones among them. */
export class KeptReferrers implements ReferrerLists {
  readonly #source: ReferrerLists;
  readonly #lists: KeptLists<Descriptor>;

  /**
   * @param ttl seconds that a list is kept
   * @param limit bytes to keep lists in
   */
  constructor(source: ReferrerLists, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new KeptLists({
      ttl,
      limit,
      bytesOf: (descriptor) => 2 * JSON.stringify(descriptor).length + OVERHEAD_BYTES,
    });
  }

  referrers(question: DigestQuestion): Promise<readonly Descriptor[]> {
    const { method, name, digest, headers } = question;
    const ask = (interest: Interest) => this.#source.referrers({ method, name, digest, headers, interest });
    return this.#lists.find(`${name}@${digest}`, ask, question);
  }
}
