/** The Flatpak indexes, in front of Pulp, whole: each caller's part is cut from them afterwards. */
import type { FlatpakIndexes, IndexedRepository, IndexRequest } from "../../model/content.ts";
import { CachedLists } from "./cached-lists.ts";

/** What an entry costs beside its letters, in bytes. */
const ENTRY_OVERHEAD_BYTES = 100;
/** Anybody can make up another question, and its answer may be of many megabytes. */
const MAX_REQUESTS = 8;

const keyOf = ({ kind, query }: IndexRequest): string => `${kind}?${query}`;

/** Flatpak indexes in front of Pulp. */
export class CachedFlatpakIndexes implements FlatpakIndexes {
  readonly #source: FlatpakIndexes;
  readonly #lists: CachedLists<IndexedRepository>;
  /** Questions whether there is an index, which cost Pulp as much as the index; nothing of them is kept. */
  readonly #checks = new CachedLists<never>({ ttl: 0, limit: 0, bytesOf: () => 0, mostAtOnce: MAX_REQUESTS });

  /**
   * @param ttl seconds that an index is kept
   * @param limit bytes to keep indexes in
   */
  constructor(source: FlatpakIndexes, { ttl, limit }: { readonly ttl: number; readonly limit: number }) {
    this.#source = source;
    this.#lists = new CachedLists({
      ttl,
      limit,
      bytesOf: ({ name, json }) => name.length + json.length + ENTRY_OVERHEAD_BYTES,
      mostAtOnce: MAX_REQUESTS,
    });
  }

  find(question: IndexRequest): Promise<readonly IndexedRepository[]> {
    const ask = (cancellation: IndexRequest["cancellation"]) =>
      this.#source.find({ ...question, cancellation });
    return this.#lists.find(keyOf(question), ask, question);
  }

  async isThere(question: IndexRequest): Promise<void> {
    const key = keyOf(question);
    if (this.#lists.kept(key) !== undefined) return;
    const ask = async (cancellation: IndexRequest["cancellation"]) => {
      await this.#source.isThere({ ...question, cancellation });
      return [];
    };
    await this.#checks.find(key, ask, question);
  }
}
