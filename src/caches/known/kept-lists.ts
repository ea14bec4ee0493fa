/** Lists that cost an upstream much: asked for once however many want them, and kept for a moment. */
import { unavailable } from "../../errors.ts";
import { Flights } from "../../flights.ts";
import type { Interest } from "../../interest.ts";
import { Memory } from "./memory.ts";

/** How lists are kept. */
export interface KeptListOptions<Item> {
  /** Seconds that a list is good for. */
  readonly ttl: number;
  /** Bytes of all lists together; a longer one is asked for each time. */
  readonly limit: number;
  /** Bytes that an item takes. */
  readonly bytesOf: (item: Item) => number;
  /** Different lists that may be on their way at once, half of them for one site; absent for any number. */
  readonly mostAtOnce?: number;
}

/** Who wants a list. */
export interface ListAsker {
  readonly interest: Interest;
  /** What one caller is taken to be; needed only where lists on their way are bounded. */
  readonly site?: string;
}

interface KeptList<Item> {
  readonly items: readonly Item[];
  /** In milliseconds. */
  readonly until: number;
}

/** Lists that are kept for a time, within so many bytes. */
export class KeptLists<Item> {
  readonly #options: KeptListOptions<Item>;
  readonly #lists: Memory<KeptList<Item>>;
  readonly #flights = new Flights<readonly Item[]>();
  /** The sites that asked first for the lists on their way, by the keys of those lists. */
  readonly #sites = new Map<string, string>();

  constructor(options: KeptListOptions<Item>) {
    this.#options = options;
    this.#lists = new Memory(options.limit);
  }

  /** The list, if it is kept. */
  kept(key: string): readonly Item[] | undefined {
    const kept = this.#lists.get(key);
    return kept !== undefined && performance.now() < kept.until ? kept.items : undefined;
  }

  /**
   * The list that is kept, or what `ask` brings. An error is told to those who wait for it, and to nobody after them.
   * @throws RegistryError UNAVAILABLE while too many other lists are on their way, in all or to this site
   */
  async find(
    key: string,
    ask: (interest: Interest) => Promise<readonly Item[]>,
    { interest, site = "" }: ListAsker,
  ): Promise<readonly Item[]> {
    const kept = this.kept(key);
    if (kept !== undefined) return kept;
    if (!this.#flights.has(key)) this.#takePlace(key, site);
    const { answer } = await this.#flights.join(
      key,
      async (all) => this.#keep(key, await ask(all)),
      interest,
    );
    return answer;
  }

  #takePlace(key: string, site: string): void {
    const { mostAtOnce } = this.#options;
    if (mostAtOnce === undefined) return;
    for (const other of this.#sites.keys()) if (!this.#flights.has(other)) this.#sites.delete(other);
    const own = [...this.#sites.values()].filter((one) => one === site).length;
    if (this.#flights.size >= mostAtOnce || own >= mostAtOnce / 2) {
      throw unavailable("too many different lists are asked for at once", 2);
    }
    this.#sites.set(key, site);
  }

  #keep(key: string, items: readonly Item[]): readonly Item[] {
    const { ttl, bytesOf } = this.#options;
    const until = performance.now() + ttl * 1000;
    const bytes = items.reduce((sum, item) => sum + bytesOf(item), 0);
    if (ttl > 0) this.#lists.put(key, { items, until }, bytes);
    return items;
  }
}
