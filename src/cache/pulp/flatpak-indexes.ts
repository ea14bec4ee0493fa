/** The Flatpak indexes, in front of Pulp, whole: each caller's part is cut from them afterwards. */
import type { FlatpakIndexes, IndexedRepository, IndexQuestion } from "../../model/content.ts";
import { KeptLists } from "./cached-lists.ts";

/** What an entry costs beside its letters, in bytes. */
const OVERHEAD = 100;
/** Anybody can make up another question, and its answer may be of many megabytes. */
const MOST_AT_ONCE = 8;

const keyOf = ({ kind, query }: IndexQuestion): string => `${kind}?${query}`;

/** Flatpak indexes in front of Pulp. */
export class KeptIndexes implements FlatpakIndexes {
  readonly #source: FlatpakIndexes;
  readonly #lists: KeptLists<IndexedRepository>;
  /** Questions whether there is an index, which cost Pulp as much as the index; nothing of them is kept. */
  readonly #checks = new KeptLists<never>({ ttl: 0, limit: 0, bytesOf: () => 0, mostAtOnce: MOST_AT_ONCE });

  /**
   * @param ttl seconds that an index is kept
   * @param limit bytes to keep indexes in
   */
  constructor(source: FlatpakIndexes, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new KeptLists({
      ttl,
      limit,
      bytesOf: ({ name, json }) => name.length + json.length + OVERHEAD,
      mostAtOnce: MOST_AT_ONCE,
    });
  }

  find(question: IndexQuestion): Promise<readonly IndexedRepository[]> {
    const ask = (interest: IndexQuestion["interest"]) => this.#source.find({ ...question, interest });
    return this.#lists.find(keyOf(question), ask, question);
  }

  async isThere(question: IndexQuestion): Promise<void> {
    const key = keyOf(question);
    if (this.#lists.kept(key) !== undefined) return;
    const ask = async (interest: IndexQuestion["interest"]) => {
      await this.#source.isThere({ ...question, interest });
      return [];
    };
    await this.#checks.find(key, ask, question);
  }
}
