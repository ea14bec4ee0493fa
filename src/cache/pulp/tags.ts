/** The tags of each repository, in front of Pulp. Who may see the repository is decided before anybody is asked here. */
import type { ContentRequest, TagLists } from "../../model/content.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import { CachedLists } from "./cached-lists.ts";

/** What a text costs beside its letters, in bytes. */
const ENTRY_OVERHEAD_BYTES = 24;

/** Lists of tags in front of Pulp. */
export class CachedTags implements TagLists {
  readonly #source: TagLists;
  readonly #lists: CachedLists<string>;

  /**
   * @param ttl seconds that a list is kept
   * @param limit bytes to keep lists in
   */
  constructor(source: TagLists, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttl,
      limit,
      bytesOf: (tag) => tag.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  tags(question: ContentRequest): Promise<readonly string[]> {
    const { method, name, headers } = question;
    const ask = (cancellation: Cancellation) => this.#source.tags({ method, name, headers, cancellation });
    return this.#lists.find(name, ask, question);
  }

  async tagsAreThere(question: ContentRequest): Promise<void> {
    if (this.#lists.kept(question.name) === undefined) await this.#source.tagsAreThere(question);
  }
}
