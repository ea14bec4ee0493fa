/** Hosts that Katello isn't asked about again for a while: a second, and each time that it was in vain twice as long. */

import { BoundedMap } from "./bounded-map.ts";

/** Milliseconds. */
const INITIAL_DELAY_MS = 1_000;
const MAX_KEYS = 10_000;

interface Delay {
  /** By the process's own clock. */
  readonly until: number;
  readonly length: number;
}

/** Who is not to be asked about again yet. */
export class Backoff {
  readonly #maxDelayMs: number;
  readonly #now: () => number;
  /** Those that were asked about longest ago come first. */
  readonly #delays = new BoundedMap<string, Delay>(MAX_KEYS);

  /**
   * @param longest milliseconds of a pause, at the most
   * @param now a clock in milliseconds
   */
  constructor(longest: number, now: () => number = () => performance.now()) {
    this.#maxDelayMs = longest;
    this.#now = now;
  }

  /** Whether Katello is not to be asked now. */
  isWaiting(uuid: string): boolean {
    return (this.#delays.get(uuid)?.until ?? 0) > this.#now();
  }

  /** It was in vain to ask, for the first time or once more. */
  failed(uuid: string): void {
    const now = this.#now();
    const last = this.#delays.get(uuid);
    // After a long time all may be different.
    const recent = last !== undefined && now - last.until < this.#maxDelayMs;
    const length = recent ? Math.min(2 * last.length, this.#maxDelayMs) : INITIAL_DELAY_MS;
    this.#delays.set(uuid, { until: now + length, length });
  }

  /** It was not in vain. */
  succeeded(uuid: string): void {
    this.#delays.delete(uuid);
  }
}
