/** Cache of lists that are expensive for an upstream: concurrent requests are coalesced, and results cached for a short time. */
import { siteOf } from "../../connection/network.ts";
import { unavailable } from "../../model/errors.ts";
import { acquireUnless } from "../../resilience/acquire-unless.ts";
import { type Cancellation, Cancelled } from "../../resilience/cancellation.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";

/** Requests that may wait for each slot; a quarter of them for one site. */
const MAX_WAITING_PER_SLOT = 32;

/** Settings of cached lists. */
export interface CachedListOptions<Item> {
  /** Seconds for which a list is cached. */
  readonly ttlS: number;
  /** Bound of all cached lists, in bytes. A list that is larger is not cached. */
  readonly limitBytes: number;
  /** Size of an item in bytes. */
  readonly bytesOf: (item: Item) => number;
  /**
   * Different lists that may be fetched at the same time: at most half of them for one site, and a quarter reserved for
   * sites that fetch none. Further requests wait. Unbounded if undefined.
   */
  readonly maxConcurrent?: number;
}

/** A list with the time until which it may be used. */
export interface CachedList<Item> {
  readonly items: readonly Item[];
  /** By `performance.now()`. */
  readonly expiresMs: number;
}

/** Caches lists for a time, within a bound in bytes. */
export class CachedLists<Item> {
  readonly #options: CachedListOptions<Item>;
  readonly #lists: BoundedCache<CachedList<Item>>;
  readonly #singleFlight = new SingleFlight<readonly Item[]>();
  readonly #slots: FairSemaphore | undefined;

  constructor(options: CachedListOptions<Item>) {
    this.#options = options;
    const { maxConcurrent: slots } = options;
    this.#slots =
      slots === undefined
        ? undefined
        : new FairSemaphore({
            slots,
            slotsPerCaller: Math.ceil(slots / 2),
            reservedSlots: Math.floor(slots / 4),
            maxWaiting: MAX_WAITING_PER_SLOT * slots,
            maxWaitingPerCaller: Math.ceil((MAX_WAITING_PER_SLOT * slots) / 4),
          });
    this.#lists = new BoundedCache(options.limitBytes);
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#lists];
  }

  /** Returns the list if it is cached, and its time by `performance.now()`, without counting that as use. */
  peek(key: string): CachedList<Item> | undefined {
    for (const [found, list] of this.#lists.containing(key))
      if (found === key && performance.now() < list.expiresMs) return list;
    return undefined;
  }

  /** Returns the list if it is cached. */
  cached(key: string): readonly Item[] | undefined {
    const cached = this.#lists.get(key);
    return cached !== undefined && performance.now() < cached.expiresMs ? cached.items : undefined;
  }

  /**
   * Returns the cached list, or fetches it. Errors are not cached.
   * @throws RegistryError UNAVAILABLE if too many requests wait, in all or for this site
   */
  async find(
    key: string,
    fetch: (cancellation: Cancellation) => Promise<readonly Item[]>,
    { cancellation }: { readonly cancellation: Cancellation },
  ): Promise<readonly Item[]> {
    const cached = this.cached(key);
    if (cached !== undefined) return cached;
    const fetchAndStore = async (all: Cancellation) => this.#store(key, await fetch(all));
    const { result } = await this.#singleFlight.join(
      key,
      (all) =>
        this.#slots === undefined ? fetchAndStore(all) : this.#withSlot(this.#slots, all, fetchAndStore),
      cancellation,
    );
    return result;
  }

  async #withSlot(
    slots: FairSemaphore,
    cancellation: Cancellation,
    work: (cancellation: Cancellation) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> {
    let site = siteOf(cancellation.address ?? "");
    if (!slots.tryAcquire(site)) {
      const waiter = slots.wait(site);
      if (waiter === undefined) throw unavailable("too many requests for different lists wait", 2);
      const leave = cancellation.onJoin((address = "") => waiter.join(siteOf(address)));
      const cancelled = () => new Cancelled("all clients have disconnected");
      site = await acquireUnless(waiter, (end) => cancellation.onCancel(() => end(cancelled()))).finally(
        leave,
      );
    }
    try {
      return await work(cancellation);
    } finally {
      slots.release(site);
    }
  }

  #store(key: string, items: readonly Item[]): readonly Item[] {
    const { ttlS, bytesOf } = this.#options;
    const expiresMs = performance.now() + ttlS * 1000;
    const bytes = items.reduce((sum, item) => sum + bytesOf(item), 0);
    if (ttlS > 0) this.#lists.put(key, { items, expiresMs }, bytes);
    return items;
  }
}
