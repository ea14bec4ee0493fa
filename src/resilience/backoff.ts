/** Hosts that Katello isn't asked about again for a while: a second, and each time that it was in vain twice as long. */

import { BoundedMap } from "./bounded-map.ts";

/** Milliseconds. */
const FIRST = 1_000;
const MOST_HOSTS = 10_000;

interface Pause {
  /** By the process's own clock. */
  readonly until: number;
  readonly length: number;
}

/** Who is not to be asked about again yet. */
export class Pauses {
  readonly #longest: number;
  readonly #now: () => number;
  /** Those that were asked about longest ago come first. */
  readonly #pauses = new BoundedMap<string, Pause>(MOST_HOSTS);

  /**
   * @param longest milliseconds of a pause, at the most
   * @param now a clock in milliseconds
   */
  constructor(longest: number, now: () => number = () => performance.now()) {
    this.#longest = longest;
    this.#now = now;
  }

  /** Whether Katello is not to be asked now. */
  has(uuid: string): boolean {
    return (this.#pauses.get(uuid)?.until ?? 0) > this.#now();
  }

  /** It was in vain to ask, for the first time or once more. */
  add(uuid: string): void {
    const now = this.#now();
    const last = this.#pauses.get(uuid);
    // After a long time all may be different.
    const recent = last !== undefined && now - last.until < this.#longest;
    const length = recent ? Math.min(2 * last.length, this.#longest) : FIRST;
    this.#pauses.set(uuid, { until: now + length, length });
  }

  /** It was not in vain. */
  remove(uuid: string): void {
    this.#pauses.delete(uuid);
  }
}
