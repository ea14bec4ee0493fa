/** Exponential backoff of requests to Katello, per host: one second after the first failure, then twice as long each time. */

import { BoundedMap } from "./bounded-map.ts";

const INITIAL_DELAY_MS = 1_000;
const MAX_KEYS = 10_000;

interface Delay {
  /** End of the delay on the monotonic clock. */
  readonly endMs: number;
  readonly durationMs: number;
}

/** Tracks the retry delay of each host. */
export class Backoff {
  readonly #maxDelayMs: number;
  readonly #now: () => number;
  /** Delays in the order of the last failure. */
  readonly #delays = new BoundedMap<string, Delay>(MAX_KEYS);

  /**
   * @param maxDelayMs maximum delay
   * @param now a clock in milliseconds
   */
  constructor(maxDelayMs: number, now: () => number = () => performance.now()) {
    this.#maxDelayMs = maxDelayMs;
    this.#now = now;
  }

  /** Returns true while the delay of a host lasts. */
  isWaiting(uuid: string): boolean {
    return (this.#delays.get(uuid)?.endMs ?? 0) > this.#now();
  }

  /** Starts a delay after a failed request. */
  failed(uuid: string): void {
    const now = this.#now();
    const last = this.#delays.get(uuid);
    // A failure long ago does not lengthen the delay.
    const recent = last !== undefined && now - last.endMs < this.#maxDelayMs;
    const durationMs = recent ? Math.min(2 * last.durationMs, this.#maxDelayMs) : INITIAL_DELAY_MS;
    this.#delays.set(uuid, { endMs: now + durationMs, durationMs });
  }

  /** Resets the delay after a successful request. */
  succeeded(uuid: string): void {
    this.#delays.delete(uuid);
  }
}
