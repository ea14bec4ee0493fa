/** The tags of each repository, in front of Pulp. Who may see the repository is decided before anybody is asked here. */
import type { ContentQuestion, TagLists } from "../../model/content.ts";
import type { Interest } from "../../resilience/cancellation.ts";
import { KeptLists } from "./cached-lists.ts";

/** What a text costs beside its letters, in bytes. */
const OVERHEAD = 24;

/** Lists of tags in front of Pulp. */
export class KeptTags implements TagLists {
  readonly #source: TagLists;
  readonly #lists: KeptLists<string>;

  /**
   * @param ttl seconds that a list is kept
   * @param limit bytes to keep lists in
   */
  constructor(source: TagLists, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new KeptLists({
      ttl,
      limit,
      bytesOf: (tag) => tag.length + OVERHEAD,
    });
  }

  tags(question: ContentQuestion): Promise<readonly string[]> {
    const { method, name, headers } = question;
    const ask = (interest: Interest) => this.#source.tags({ method, name, headers, interest });
    return this.#lists.find(name, ask, question);
  }

  async tagsAreThere(question: ContentQuestion): Promise<void> {
    if (this.#lists.kept(question.name) === undefined) await this.#source.tagsAreThere(question);
  }
}
