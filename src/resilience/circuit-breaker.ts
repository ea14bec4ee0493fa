/**
 * A breaker before a system that may be away: after some failures in a row nobody waits for it any more, and one probe
 * at a time finds out when it is back.
 */

/** Takes what an operator should know of a connection; with an error if it is bad news. */
export type Report = (text: string, error?: unknown) => void;

/** When a breaker opens, and who is told. */
export interface CircuitBreakerOptions {
  /** For the log: PostgreSQL, Pulp, Katello. */
  readonly name: string;
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds from a failure to the next probe. */
  readonly pause: number;
  readonly report: Report;
  /** Milliseconds of a clock that no one sets. */
  readonly now?: () => number;
}

/**
 * What came of an attempt; `hopeless` for a failure that leaves no doubt and opens the breaker at once, `unknown` for one
 * that was called off, or whose end says nothing of the other side.
 */
export type Outcome = "good" | "bad" | "hopeless" | "unknown";

/** An attempt that was let through. */
export interface Attempt {
  /** To be called once, with the reason if it was bad. */
  end(outcome: Outcome, reason?: unknown): void;
}

/** A probe that takes longer, in milliseconds, no longer keeps the next one waiting. */
const PROBE_TIMEOUT_MS = 5_000;

/** Lets attempts through, or turns them away at once while the other side is away. */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #now: () => number;
  #failures = 0;
  #open = false;
  /** When the next probe is due. */
  #next = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether the other side counts as away. */
  get open(): boolean {
    return this.#open;
  }

  /** @returns undefined for whoever must not wait: it is open, and no probe is due */
  enter(): Attempt | undefined {
    const probe = this.#open;
    if (probe) {
      const now = this.#now();
      if (now < this.#next) return undefined;
      this.#next = now + PROBE_TIMEOUT_MS;
    }
    return { end: (outcome, reason) => this.#end(outcome, reason, probe) };
  }

  #end(outcome: Outcome, reason: unknown, probe: boolean): void {
    if (outcome === "good") this.#close();
    // A probe that was called off leaves its place to the next.
    else if (outcome !== "unknown") this.#fail(reason, probe, outcome === "hopeless");
    else if (probe && this.#open) this.#next = this.#now();
  }

  #close(): void {
    this.#failures = 0;
    if (!this.#open) return;
    this.#open = false;
    this.#options.report(`${this.#options.name} answers again`);
  }

  #fail(reason: unknown, probe: boolean, hopeless: boolean): void {
    this.#failures += 1;
    const opens = !this.#open && (hopeless || this.#failures >= this.#options.failures);
    // What was asked before it opened says nothing new.
    if (opens || (this.#open && probe)) this.#next = this.#now() + this.#options.pause;
    if (!opens) return;
    this.#open = true;
    const times = hopeless ? "does not answer" : `failed ${this.#failures} times in a row`;
    const text = `${this.#options.name} ${times}: it is asked once in a while until it does`;
    this.#options.report(text, reason);
  }
}
