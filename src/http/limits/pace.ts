/**
 * How many requests of one address are begun in one turn of the event loop: however much work they are, the loop comes round
 * soon, and with it all others, and the connections that wait to be accepted.
 */

import type { Pacing, Starts } from "../../resilience/fair-semaphore.ts";

/** Milliseconds: after a longer turn fewer requests are begun, after a shorter one more. */
const LONG_TURN_MS = 4;
const SHORT_TURN_MS = 2;
const MAX_STARTS = 100;

/** Counts what is begun in the present turn of the event loop. */
export class Pace implements Pacing {
  readonly #onTurn: () => void;
  #turn = 0;
  #limit = MAX_STARTS;
  #began = 0;
  #isScheduled = false;
  /** Semaphore in which one request of an address is begun, as one connection is accepted in each. */
  #accepting = 0;

  /** @param onTurn told when more may be begun */
  constructor(onTurn: () => void) {
    this.#onTurn = onTurn;
  }

  mayStart(starts: Starts): boolean {
    return starts.round !== this.#turn || starts.count < (this.#accepting > 0 ? 1 : this.#limit);
  }

  started(starts: Starts): void {
    if (starts.round !== this.#turn) starts.count = 0;
    starts.round = this.#turn;
    starts.count += 1;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#began = performance.now();
    setImmediate(() => this.#end());
  }

  /** A connection was accepted: more may wait for it. */
  accepted(): void {
    this.#accepting = 2;
  }

  #end(): void {
    const ms = performance.now() - this.#began;
    if (ms > LONG_TURN_MS) this.#limit = Math.max(1, this.#limit >> 1);
    else if (ms < SHORT_TURN_MS) this.#limit = Math.min(MAX_STARTS, this.#limit * 2);
    this.#accepting = Math.max(0, this.#accepting - 1);
    this.#isScheduled = false;
    this.#turn += 1;
    this.#onTurn();
  }
}
