/** Lists that cost an upstream much: asked for once however many want them, and kept for a moment. */
import { unavailable } from "../../model/errors.ts";
import { type Cancellation, Cancelled } from "../../resilience/cancellation.ts";
import { FairSemaphore, turnUnless } from "../../resilience/fair-semaphore.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { BoundedCache } from "../bounded-cache.ts";

/** Lists that may wait until others have come, for each that may be on its way; a quarter of them for one site. */
const MAX_WAITING_PER_SLOT = 32;

/** How lists are kept. */
export interface CachedListOptions<Item> {
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
  readonly cancellation: Cancellation;
  /** What one caller is taken to be; needed only where lists on their way are bounded. */
  readonly site?: string;
}

interface KeptList<Item> {
  readonly items: readonly Item[];
  /** In milliseconds. */
  readonly until: number;
}

/** Lists that are kept for a time, within so many bytes. */
export class CachedLists<Item> {
  readonly #options: CachedListOptions<Item>;
  readonly #lists: BoundedCache<KeptList<Item>>;
  readonly #singleFlight = new SingleFlight<readonly Item[]>();
  readonly #slots: FairSemaphore | undefined;

  constructor(options: CachedListOptions<Item>) {
    this.#options = options;
    const { mostAtOnce: slots } = options;
    this.#slots =
      slots === undefined
        ? undefined
        : new FairSemaphore({
            slots,
            slotsPerCaller: Math.ceil(slots / 2),
            reserve: Math.floor(slots / 4),
            places: MAX_WAITING_PER_SLOT * slots,
            placesPerCaller: Math.ceil((MAX_WAITING_PER_SLOT * slots) / 4),
          });
    this.#lists = new BoundedCache(options.limit);
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
    ask: (cancellation: Cancellation) => Promise<readonly Item[]>,
    { cancellation, site = "" }: ListAsker,
  ): Promise<readonly Item[]> {
    const kept = this.kept(key);
    if (kept !== undefined) return kept;
    const work = async (all: Cancellation) => this.#keep(key, await ask(all));
    const { result: answer } = await this.#singleFlight.join(
      key,
      (all) => (this.#slots === undefined ? work(all) : this.#inTurn(this.#slots, site, all, work)),
      cancellation,
    );
    return answer;
  }

  async #inTurn(
    slots: FairSemaphore,
    site: string,
    cancellation: Cancellation,
    work: (cancellation: Cancellation) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> {
    if (!slots.tryAcquire(site)) {
      const waiter = slots.wait(site);
      if (waiter === undefined) throw unavailable("too many different lists are asked for at once", 2);
      const gone = () => new Cancelled("nobody waits for the list any more");
      await turnUnless(waiter, (end) => cancellation.onCancel(() => end(gone())));
    }
    try {
      return await work(cancellation);
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
