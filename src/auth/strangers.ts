/** Hosts that Katello doesn't know, and for how long it isn't asked about each of them again. */
import { BoundedMap } from "../bounded-map.ts";

/**
 * Milliseconds. A host that has just registered pulls at once, maybe before Katello knows it: it has to be known a moment
 * later. Each time that it isn't the time doubles, so that a fleet of machines with certificates of hosts that are no more
 * comes to cost Katello one question a minute each.
 */
const FIRST = 1_000;
const LONGEST = 60_000;
const MOST_STRANGERS = 10_000;

interface Stranger {
  /** By the process's own clock. */
  readonly until: number;
  readonly life: number;
}

export class Strangers {
  readonly #now: () => number;
  /** Those that were asked about longest ago come first. */
  readonly #known = new BoundedMap<string, Stranger>(MOST_STRANGERS);

  /** @param now a clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether Katello is not to be asked now. */
  has(uuid: string): boolean {
    return (this.#known.get(uuid)?.until ?? 0) > this.#now();
  }

  /** Katello doesn't know this one, either not yet or still not. */
  add(uuid: string): void {
    const now = this.#now();
    const known = this.#known.get(uuid);
    // Who comes back after a long time may have registered meanwhile.
    const recent = known !== undefined && now - known.until < LONGEST;
    const life = recent ? Math.min(2 * known.life, LONGEST) : FIRST;
    this.#known.set(uuid, { until: now + life, life });
  }

  /** Katello knows it. */
  remove(uuid: string): void {
    this.#known.delete(uuid);
  }
}
