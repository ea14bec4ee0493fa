/** Cache of Pulp's lists of referrers. Callers have been authorized before they reach this cache. */
import type { Descriptor, DigestRequest, ReferrerLists } from "../../model/content.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import type { CachePart } from "../bounded-cache.ts";
import { CachedLists } from "./cached-lists.ts";

/** Overhead of a descriptor, beside its JSON. */
const ENTRY_OVERHEAD_BYTES = 300;

/** Caches lists of referrers, also empty ones. */
export class CachedReferrers implements ReferrerLists {
  readonly #source: ReferrerLists;
  readonly #lists: CachedLists<Descriptor>;

  /**
   * @param ttlS seconds for which a list is cached
   * @param limitBytes bound of all cached lists, in bytes
   */
  constructor(
    source: ReferrerLists,
    { ttlS, limitBytes }: { readonly ttlS: number; readonly limitBytes: number },
  ) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttlS,
      limitBytes,
      bytesOf: (descriptor) => 2 * JSON.stringify(descriptor).length + ENTRY_OVERHEAD_BYTES,
    });
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [...this.#lists.parts];
  }

  referrers(request: DigestRequest): Promise<readonly Descriptor[]> {
    const { method, name, digest, headers } = request;
    const fetch = (cancellation: Cancellation) =>
      this.#source.referrers({ method, name, digest, headers, cancellation });
    return this.#lists.find(`${name}@${digest}`, fetch, request);
  }
}
