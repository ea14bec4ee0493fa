/** How many requests are answered at the same time, in all and of one address, and who is turned away when there are too many. */
import type { ServerResponse } from "node:http";
import { siteOf } from "../../connection/network.ts";
import type { Peer } from "../../connection/peer.ts";
import { unavailable } from "../../model/errors.ts";
import { acquireUnless } from "../../resilience/acquire-unless.ts";
import { Cancelled } from "../../resilience/cancellation.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import type { Settings } from "../../settings/keys.ts";
import type { Exchange } from "../exchange.ts";
import { Pace } from "./pace.ts";

/** The requests of one process that are being answered. */
export class InFlight {
  readonly #most: number;
  readonly #turns: FairSemaphore;
  readonly #pace: Pace;
  #count = 0;

  constructor({
    max_requests,
    max_requests_per_address,
  }: Pick<Settings, "max_requests" | "max_requests_per_address">) {
    this.#most = max_requests;
    const pace: Pace = new Pace(() => this.#turns.serve());
    this.#pace = pace;
    this.#turns = new FairSemaphore({
      slots: Number.POSITIVE_INFINITY,
      pace,
      slotsPerCaller: max_requests_per_address,
    });
  }

  /** A connection was accepted. */
  accepted(): void {
    this.#pace.accepted();
  }

  /** Counts a request. */
  enter(): void {
    this.#count += 1;
  }

  /** No longer counts it. */
  leave(): void {
    this.#count -= 1;
  }

  /** A body that is read without being counted meanwhile: whoever waits for a slow sender takes no place of others. */
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
   * Semaphore away who is one too many, but for those whom room is kept for.
   * @throws RegistryError UNAVAILABLE that names the setting of the bound
   */
  check({ over }: Peer, response: ServerResponse, isExpected: boolean): void {
    if (over !== undefined) response.setHeader("Connection", "close");
    if (isExpected) return;
    if (over !== undefined) {
      const whose = over === "max_connections" ? "" : " from this address";
      throw unavailable(`there are too many connections${whose} (${over})`, 2);
    }
    if (this.#count > this.#most)
      throw unavailable("too many requests are answered at this moment (max_requests)", 2);
  }

  /**
   * Begins to work for the address of a request, or waits until it may; undefined where nothing has to be waited for. Each
   * connection waits with one request at the most, and takes no place of others meanwhile.
   */
  beginTurn(exchange: Exchange): Promise<void> | undefined {
    if (exchange.address === undefined) return undefined;
    const site = siteOf(exchange.address);
    if (!this.#turns.tryAcquire(site)) return this.#wait(exchange, site);
    exchange.turnOf = site;
    return undefined;
  }

  /** The work is done: what is left is to send the answer. */
  endTurn(exchange: Exchange): void {
    if (exchange.turnOf !== undefined) this.#turns.release(exchange.turnOf);
    exchange.turnOf = undefined;
  }

  async #wait(exchange: Exchange, site: string): Promise<void> {
    const waiter = this.#turns.wait(site);
    if (waiter === undefined) throw new Error("there is no end of places");
    const { response } = exchange;
    this.leave();
    try {
      await acquireUnless(waiter, (end) => {
        const hangUp = () => end(new Cancelled("nobody waits for the answer any more"));
        response.once("close", hangUp);
        return () => response.off("close", hangUp);
      });
    } catch (cause) {
      throw unavailable("the caller has gone", 2, cause);
    } finally {
      this.enter();
    }
    exchange.turnOf = site;
  }
}
