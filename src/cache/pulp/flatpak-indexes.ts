/** Cache of Pulp's Flatpak indexes. They are cached whole, and filtered for each caller afterwards. */
import type { FlatpakIndexes, IndexedRepository, IndexRequest } from "../../model/content.ts";
import type { CachePart } from "../bounded-cache.ts";
import { CachedLists } from "./cached-lists.ts";

/** Overhead of an entry, beside its text. */
const ENTRY_OVERHEAD_BYTES = 100;
/** Concurrent requests to Pulp. Any caller can send a new query, and its index may have many megabytes. */
const MAX_REQUESTS = 8;

const keyOf = ({ kind, query }: IndexRequest): string => `${kind}?${query}`;

/** Caches Flatpak indexes. */
export class CachedFlatpakIndexes implements FlatpakIndexes {
  readonly #source: FlatpakIndexes;
  readonly #lists: CachedLists<IndexedRepository>;
  /** HEAD requests, which cost Pulp as much as the index itself. Their replies are not cached. */
  readonly #checks = new CachedLists<never>({
    ttlS: 0,
    limitBytes: 0,
    bytesOf: () => 0,
    maxConcurrent: MAX_REQUESTS,
  });

  /**
   * @param ttlS seconds for which an index is cached
   * @param limitBytes bound of all cached indexes, in bytes
   */
  constructor(
    source: FlatpakIndexes,
    { ttlS, limitBytes }: { readonly ttlS: number; readonly limitBytes: number },
  ) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttlS,
      limitBytes,
      bytesOf: ({ name, json }) => name.length + json.length + ENTRY_OVERHEAD_BYTES,
      maxConcurrent: MAX_REQUESTS,
    });
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [...this.#lists.parts];
  }

  find(request: IndexRequest): Promise<readonly IndexedRepository[]> {
    const fetch = (cancellation: IndexRequest["cancellation"]) =>
      this.#source.find({ ...request, cancellation });
    return this.#lists.find(keyOf(request), fetch, request);
  }

  async isThere(request: IndexRequest): Promise<void> {
    const key = keyOf(request);
    if (this.#lists.cached(key) !== undefined) return;
    const fetch = async (cancellation: IndexRequest["cancellation"]) => {
      await this.#source.isThere({ ...request, cancellation });
      return [];
    };
    await this.#checks.find(key, fetch, request);
  }
}
