/** Foreman's counter of failed logins per address, after too many of which all logins of the address are refused. */

/** Time after the last failure of an address until its failures are cleared. */
const WINDOW_MS = 300_000;

/** Counts failed logins per address. */
export class LoginFailures {
  readonly #limit: number;
  readonly #failures = new Map<string, { count: number; until: number }>();

  /** @param limit number of failures after which an address is refused; 0 for never */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns true if every login of an address is refused. */
  blocks(address: string): boolean {
    return this.#limit > 0 && this.count(address) >= this.#limit;
  }

  /** Returns the number of failures of an address. */
  count(address: string): number {
    const failures = this.#failures.get(address);
    return failures !== undefined && Date.now() < failures.until ? failures.count : 0;
  }

  /** Counts a failure. */
  add(address: string): void {
    this.#failures.set(address, { count: this.count(address) + 1, until: Date.now() + WINDOW_MS });
  }

  /** Clears all failures, as five minutes without one would. */
  clear(): void {
    this.#failures.clear();
  }
}
