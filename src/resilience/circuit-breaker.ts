/**
 * A circuit breaker in front of another system, which lets one probe at a time through while it is open.
 *
 * | state     | event                                              | next state              |
 * |-----------|----------------------------------------------------|-------------------------|
 * | closed    | `maxFailures` failures in a row, or one outage        | open                    |
 * | closed    | success                                            | closed, count reset     |
 * | open      | `enter` before the next probe is due               | open, attempt refused   |
 * | open      | `enter` when a probe is due                        | half-open               |
 * | half-open | probe succeeds, or any earlier attempt does        | closed                  |
 * | half-open | probe fails                                        | open, for `probeIntervalMs` |
 * | half-open | probe ends with `unknown`                          | open, probe due at once |
 * | half-open | probe takes longer than `PROBE_TIMEOUT_MS`         | open, probe due at once |
 */

/** Reports an event to the log, with an error if there is one. */
export type Report = (text: string, error?: unknown) => void;

/** Settings and dependencies of a circuit breaker. */
export interface CircuitBreakerOptions {
  /** Name of the system in log messages: PostgreSQL, Pulp, Katello. */
  readonly name: string;
  /** Failures in a row that open the breaker. */
  readonly maxFailures: number;
  /** Time from a failure to the next probe. */
  readonly probeIntervalMs: number;
  readonly report: Report;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Outcome of an attempt. An `outage` opens the breaker at once; `unknown` is an attempt that was cancelled, or whose end
 * tells nothing about the other system.
 */
export type Outcome = "success" | "failure" | "outage" | "unknown";

/** An attempt that the breaker has allowed. */
export interface Attempt {
  /** Reports the outcome, once, with the reason of a failure. */
  end(outcome: Outcome, reason?: unknown): void;
}

/** Time after which the next probe is allowed even if the last one has not ended. */
const PROBE_TIMEOUT_MS = 5_000;

/** Allows attempts, or refuses them at once while the other system is failing. */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #now: () => number;
  #failures = 0;
  #open = false;
  /** Time of the next probe on the clock. */
  #nextProbeMs = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** True while the breaker is open or half-open. */
  get open(): boolean {
    return this.#open;
  }

  /** @returns undefined if the breaker is open and no probe is due */
  enter(): Attempt | undefined {
    const probe = this.#open;
    if (probe) {
      const now = this.#now();
      if (now < this.#nextProbeMs) return undefined;
      this.#nextProbeMs = now + PROBE_TIMEOUT_MS;
    }
    return { end: (outcome, reason) => this.#end(outcome, reason, probe) };
  }

  #end(outcome: Outcome, reason: unknown, probe: boolean): void {
    if (outcome === "success") this.#close();
    else if (outcome !== "unknown") this.#fail(reason, probe, outcome === "outage");
    else if (probe && this.#open) this.#nextProbeMs = this.#now();
  }

  #close(): void {
    this.#failures = 0;
    if (!this.#open) return;
    this.#open = false;
    this.#options.report(`circuit breaker closed: ${this.#options.name} replies again`);
  }

  #fail(reason: unknown, probe: boolean, outage: boolean): void {
    this.#failures += 1;
    const opens = !this.#open && (outage || this.#failures >= this.#options.maxFailures);
    // A failure of an attempt that began before the breaker opened does not delay the next probe.
    if (opens || (this.#open && probe)) this.#nextProbeMs = this.#now() + this.#options.probeIntervalMs;
    if (!opens) return;
    this.#open = true;
    const failure = outage ? "does not respond" : `failed ${this.#failures} times in a row`;
    this.#options.report(`circuit breaker opened: ${this.#options.name} ${failure}`, reason);
  }
}
