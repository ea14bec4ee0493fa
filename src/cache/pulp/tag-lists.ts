/** Cache of Pulp's lists of tags. Callers have been authorized before they reach this cache. */
import type { CachedTag, ContentRequest, TagLists } from "../../model/content.ts";
import type { RepositoryName } from "../../model/names.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import type { CachePart } from "../bounded-cache.ts";
import { CachedLists } from "./cached-lists.ts";

/** Overhead of a tag, beside its characters. */
const ENTRY_OVERHEAD_BYTES = 24;

/** Caches lists of tags. */
export class CachedTags implements TagLists {
  readonly #source: TagLists;
  readonly #lists: CachedLists<string>;

  /**
   * @param ttlS seconds for which a list is cached
   * @param limitBytes bound of all cached lists, in bytes
   */
  constructor(
    source: TagLists,
    { ttlS, limitBytes }: { readonly ttlS: number; readonly limitBytes: number },
  ) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttlS,
      limitBytes,
      bytesOf: (tag) => tag.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [...this.#lists.parts];
  }

  /** Describes the tags of a repository whose list is cached. */
  cachedTags(name: RepositoryName): readonly CachedTag[] {
    const list = this.#lists.peek(name);
    if (list === undefined) return [];
    const expires_at = new Date(Date.now() + list.expiresMs - performance.now()).toISOString();
    return list.items.map((tag) => ({ tag, expires_at }));
  }

  tags(request: ContentRequest): Promise<readonly string[]> {
    const { method, name, headers } = request;
    const fetch = (cancellation: Cancellation) => this.#source.tags({ method, name, headers, cancellation });
    return this.#lists.find(name, fetch, request);
  }

  async tagsAreThere(request: ContentRequest): Promise<void> {
    if (this.#lists.cached(request.name) === undefined) await this.#source.tagsAreThere(request);
  }
}
