/**
 * Limits the requests of one address that start in one iteration of the event loop. Iterations stay short, so that other
 * addresses are served and new connections accepted.
 */
import type { Pacing, Starts } from "./fair-semaphore.ts";

/**
 * After a long iteration half as many requests are started, after a short one twice as many, and otherwise one more: a single
 * long iteration does not make requests wait for longer than it takes to come back.
 */
const LONG_ITERATION_MS = 4;
const SHORT_ITERATION_MS = 2;
const MAX_STARTS = 100;
/**
 * Iterations from one request of an address to its next one while connections wait to be accepted. Node.js accepts one in each
 * iteration: if one address fills them with its requests, the connections of all others wait in the kernel.
 */
const ITERATIONS_PER_START = 8;

/** Counts the requests that start in the current iteration of the event loop. */
export class Pace implements Pacing {
  readonly #onNextIteration: () => void;
  #iteration = 0;
  #limit = MAX_STARTS;
  #startedAt = 0;
  #isScheduled = false;
  /** Iterations in which more connections may be waiting. */
  #accepting = 0;

  /** @param onTurn called when more requests may start */
  constructor(onTurn: () => void) {
    this.#onNextIteration = onTurn;
  }

  mayStart(starts: Starts): boolean {
    const may =
      this.#accepting > 0
        ? this.#iteration - starts.round >= ITERATIONS_PER_START
        : starts.round !== this.#iteration || starts.count < this.#limit;
    if (!may) this.#schedule();
    return may;
  }

  started(starts: Starts): void {
    if (starts.round !== this.#iteration) starts.count = 0;
    starts.round = this.#iteration;
    starts.count += 1;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#startedAt = performance.now();
    setImmediate(() => this.#end());
  }

  /** Called for each accepted connection: more may be waiting in the kernel. */
  accepted(): void {
    this.#accepting = 2;
    // Iterations in which nothing waits are not counted.
    if (!this.#isScheduled) this.#iteration += ITERATIONS_PER_START;
  }

  #end(): void {
    const elapsedMs = performance.now() - this.#startedAt;
    // With few starts an iteration says nothing about how many would be too many.
    if (this.#accepting > 0) this.#accepting -= 1;
    else if (elapsedMs > LONG_ITERATION_MS) this.#limit = Math.max(1, this.#limit >> 1);
    else
      this.#limit = Math.min(MAX_STARTS, elapsedMs < SHORT_ITERATION_MS ? this.#limit * 2 : this.#limit + 1);
    this.#isScheduled = false;
    this.#iteration += 1;
    this.#onNextIteration();
  }
}
