/** How many requests are answered at the same time, and who is turned away when there are too many. */
import type { ServerResponse } from "node:http";
import type { Peer } from "../auth/peer.ts";
import { unavailable } from "../errors.ts";

/** The requests of one process that are being answered. */
export class InFlight {
  readonly #most: number;
  #count = 0;

  /** @param most requests at the same time */
  constructor(most: number) {
    this.#most = most;
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

  /** @throws RegistryError UNAVAILABLE that names the setting of the bound */
  check({ over }: Peer, response: ServerResponse): void {
    if (over !== undefined) {
      response.setHeader("Connection", "close");
      const whose = over === "max_connections" ? "" : " from this address";
      throw unavailable(`there are too many connections${whose} (${over})`, 2);
    }
    if (this.#count > this.#most)
      throw unavailable("too many requests are answered at this moment (max_requests)", 2);
  }
}
