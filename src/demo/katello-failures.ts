/** Foreman's count of failed logins for each address, which every login of that address is refused by in the end. */

/** Milliseconds after the last failure until all of an address's failures are forgotten. */
const WINDOW_MS = 300_000;

/** Counts failed logins for each address. */
export class LoginFailures {
  readonly #limit: number;
  readonly #failures = new Map<string, { count: number; until: number }>();

  /** @param limit failures from which on an address is refused; never for 0 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether every login of an address is refused. */
  blocks(address: string): boolean {
    return this.#limit > 0 && this.count(address) >= this.#limit;
  }

  /** Failures of an address. */
  count(address: string): number {
    const known = this.#failures.get(address);
    return known !== undefined && Date.now() < known.until ? known.count : 0;
  }

  /** Counts a failure. */
  add(address: string): void {
    this.#failures.set(address, { count: this.count(address) + 1, until: Date.now() + WINDOW_MS });
  }

  /** Forgets all failures, as five minutes without one do. */
  clear(): void {
    this.#failures.clear();
  }
}
