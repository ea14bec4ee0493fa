/** Requests for pages, under the limits of all requests. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pages } from "./api-pages.ts";
import { type Exchange, newExchange } from "./exchange.ts";
import type { InFlight } from "./limits/in-flight.ts";
import type { Refusals } from "./refusals.ts";
import { encoded, JSON_TYPE } from "./replies.ts";
import type { Sender } from "./sender.ts";

/** Dependencies of the requests for pages. */
export interface PageOptions {
  readonly pages: Pages;
  /** Checks the limits on requests. Returns undefined if there is nothing to wait for. */
  readonly admit: (exchange: Exchange) => Promise<void> | undefined;
  readonly inFlight: InFlight;
  readonly refusals: Refusals;
  readonly sender: Sender;
}

/** Serves pages. */
export class PageRequests {
  readonly #options: PageOptions;

  constructor(options: PageOptions) {
    this.#options = options;
  }

  /** True if a request is for a page. */
  include(request: IncomingMessage): boolean {
    return this.#options.pages.include(request);
  }

  /** Serves a page; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pages, admit, inFlight, sender } = this.#options;
    const exchange = newExchange(request, response);
    inFlight.enter();
    try {
      await admit(exchange);
      await inFlight.page(exchange, () => sender.watched(request.socket, pages.send(request, response)));
    } catch (error) {
      await this.#sendRefusal(exchange, error);
    }
    inFlight.release(exchange);
    inFlight.leave();
  }

  /** Sends the refusal of a page, as far as its client still reads. */
  async #sendRefusal(exchange: Exchange, error: unknown): Promise<void> {
    const { refusals, sender } = this.#options;
    try {
      await sender.send(encoded(refusals.replyTo(exchange, error), JSON_TYPE), exchange);
    } catch {
      exchange.response.destroy();
    }
  }
}
