/** Lists that cost an upstream much: asked for once however many want them, and kept for a moment. */
import { unavailable } from "../../model/errors.ts";
import { Gone, type Interest } from "../../resilience/cancellation.ts";
import { FairSemaphore, turnUnless } from "../../resilience/fair-semaphore.ts";
import { Flights } from "../../resilience/single-flight.ts";
import { Memory } from "../lru-cache.ts";

/** Lists that may wait until others have come, for each that may be on its way; a quarter of them for one site. */
const WAITING_PER_SLOT = 32;

/** How lists are kept. */
export interface KeptListOptions<Item> {
  /** Seconds that a list is good for. */
  readonly ttl: number;
  /** Bytes of all lists together; a longer one is asked for each time. */
  readonly limit: number;
  /** Bytes that an item takes. */
  readonly bytesOf: (item: Item) => number;
  /**
   * Different lists that may be on their way at once, half of them for one site, and a quarter for sites that have none;
   * others wait. Absent for any number.
   */
  readonly mostAtOnce?: number;
}

/** The caller that a list is for. */
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
  readonly #slots: FairSemaphore | undefined;

  constructor(options: KeptListOptions<Item>) {
    this.#options = options;
    const { mostAtOnce: slots } = options;
    this.#slots =
      slots === undefined
        ? undefined
        : new FairSemaphore({
            slots,
            slotsPerCaller: Math.ceil(slots / 2),
            reserve: Math.floor(slots / 4),
            places: WAITING_PER_SLOT * slots,
            placesPerCaller: Math.ceil((WAITING_PER_SLOT * slots) / 4),
          });
    this.#lists = new Memory(options.limit);
  }

  /** The list, if it is kept. */
  kept(key: string): readonly Item[] | undefined {
    const kept = this.#lists.get(key);
    return kept !== undefined && performance.now() < kept.until ? kept.items : undefined;
  }

  /**
   * The list that is kept, or what `ask` brings. An error is told to those who wait for it, and to nobody after them.
   * @throws RegistryError UNAVAILABLE while too many other lists wait, in all or for this site
   */
  async find(
    key: string,
    ask: (interest: Interest) => Promise<readonly Item[]>,
    { interest, site = "" }: ListAsker,
  ): Promise<readonly Item[]> {
    const kept = this.kept(key);
    if (kept !== undefined) return kept;
    const work = async (all: Interest) => this.#keep(key, await ask(all));
    const { answer } = await this.#flights.join(
      key,
      (all) => (this.#slots === undefined ? work(all) : this.#inTurn(this.#slots, site, all, work)),
      interest,
    );
    return answer;
  }

  async #inTurn(
    slots: FairSemaphore,
    site: string,
    interest: Interest,
    work: (interest: Interest) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> {
    if (!slots.tryAcquire(site)) {
      const waiter = slots.wait(site);
      if (waiter === undefined) throw unavailable("too many different lists are asked for at once", 2);
      const gone = () => new Gone("nobody waits for the list any more");
      await turnUnless(waiter, (end) => interest.onLost(() => end(gone())));
    }
    try {
      return await work(interest);
    } finally {
      slots.release(site);
    }
  }

  #keep(key: string, items: readonly Item[]): readonly Item[] {
    const { ttl, bytesOf } = this.#options;
    const until = performance.now() + ttl * 1000;
    const bytes = items.reduce((sum, item) => sum + bytesOf(item), 0);
    if (ttl > 0) this.#lists.put(key, { items, until }, bytes);
    return items;
  }
}
