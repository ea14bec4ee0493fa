/** Limits the requests in flight, in total and per address. */
import type { ServerResponse } from "node:http";
import { setImmediate as nextIteration } from "node:timers/promises";
import type { ConnectedPeer } from "../../connection/peer.ts";
import { unavailable } from "../../model/errors.ts";
import { acquireUnless } from "../../resilience/acquire-unless.ts";
import { Cancelled } from "../../resilience/cancellation.ts";
import { Pace } from "../../resilience/event-loop-pace.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import type { Settings } from "../../settings/keys.ts";
import type { Exchange } from "../exchange.ts";

/** Pages that are sent at the same time. A page's file is read in many small pieces, each of which takes the event loop. */
const MAX_PAGES = 32;
/** Browsers open six connections to a host. */
const MAX_PAGES_PER_ADDRESS = 6;

/** Waits for a slot until the client disconnects. @throws RegistryError UNAVAILABLE then */
async function acquireSlot(semaphore: FairSemaphore, site: string, response: ServerResponse): Promise<void> {
  const waiter = semaphore.wait(site);
  if (waiter === undefined) throw new Error("the queue of requests has no limit, but refused one");
  try {
    await acquireUnless(waiter, (fail) => {
      const onClose = () => fail(new Cancelled("the client disconnected"));
      response.once("close", onClose);
      return () => response.off("close", onClose);
    });
  } catch (cause) {
    throw unavailable("the client disconnected", 2, cause);
  }
}

/** Requests in flight of one process. */
export class InFlight {
  readonly #maxRequests: number;
  readonly #semaphore: FairSemaphore;
  readonly #pages = new FairSemaphore({ slots: MAX_PAGES, slotsPerCaller: MAX_PAGES_PER_ADDRESS });
  readonly #pace: Pace;
  #count = 0;

  constructor({
    max_requests,
    max_requests_per_address,
  }: Pick<Settings, "max_requests" | "max_requests_per_address">) {
    this.#maxRequests = max_requests;
    const pace: Pace = new Pace(() => this.#semaphore.serve());
    this.#pace = pace;
    this.#semaphore = new FairSemaphore({
      slots: Number.POSITIVE_INFINITY,
      pace,
      slotsPerCaller: max_requests_per_address,
    });
  }

  /** Called for each accepted connection. */
  accepted(): void {
    this.#pace.accepted();
  }

  /** Requests in flight. */
  get count(): number {
    return this.#count;
  }

  /** Counts a request. */
  enter(): void {
    this.#count += 1;
  }

  /** Stops counting a request. */
  leave(): void {
    this.#count -= 1;
  }

  /** Passes on a body. The request is not counted while it waits for a slow sender. */
  async *body(all: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks = all[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.leave();
        const { done, value } = await chunks.next().finally(() => this.enter());
        if (done === true) return;
        yield value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  /**
   * Refuses a request over the limits, unless it is exempt.
   * @throws RegistryError UNAVAILABLE that names the setting of the limit
   */
  check({ exceededLimit }: ConnectedPeer, response: ServerResponse, isExempt: boolean): void {
    if (exceededLimit !== undefined) response.setHeader("Connection", "close");
    if (isExempt) return;
    if (exceededLimit !== undefined) {
      const scope = exceededLimit === "max_connections" ? "" : " from this address";
      throw unavailable(`there are too many connections${scope} (${exceededLimit})`, 2);
    }
    this.#checkCount();
  }

  #checkCount(): void {
    if (this.#count > this.#maxRequests)
      throw unavailable("too many requests are in flight (max_requests)", 2);
  }

  /**
   * Acquires a slot for the address of a request; undefined if there is nothing to wait for. Each connection waits with at
   * most one request, which is not counted meanwhile, so that others may have started.
   * @throws RegistryError UNAVAILABLE if there are too many then, unless the request is exempt
   */
  acquire(exchange: Exchange, isExempt: boolean): Promise<void> | undefined {
    const { site } = exchange;
    if (site === undefined) return undefined;
    if (!this.#semaphore.tryAcquire(site)) return this.#wait(exchange, site, isExempt);
    exchange.hasSlot = true;
    return undefined;
  }

  /** Releases the slot of a request. Called before its reply is sent. */
  release(exchange: Exchange): void {
    if (exchange.hasSlot && exchange.site !== undefined) this.#semaphore.release(exchange.site);
    exchange.hasSlot = false;
  }

  /** Sends a page as soon as few enough of them are being sent. @throws RegistryError UNAVAILABLE */
  async page({ site, response }: Exchange, send: () => Promise<void>): Promise<void> {
    if (site === undefined) return send();
    if (!this.#pages.tryAcquire(site)) await acquireSlot(this.#pages, site, response);
    try {
      await send();
    } finally {
      this.#pages.release(site);
    }
  }

  async #wait(exchange: Exchange, site: string, isExempt: boolean): Promise<void> {
    this.leave();
    try {
      await acquireSlot(this.#semaphore, site, exchange.response);
      exchange.hasSlot = true;
      // Those that have started in this iteration count until they wait for their bodies: they may all have slow senders.
      if (this.#count >= this.#maxRequests) await nextIteration();
    } finally {
      this.enter();
    }
    if (!isExempt) this.#checkCount();
  }
}
