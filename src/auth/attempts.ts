/** Logins of one account from one address, at the same time. */

/** Attempts of one process that are under way, by whom they are of. */
export class Attempts {
  /** Those that are here, asked about at Katello or not. */
  present = 0;
  #begun = 0;
  readonly #underWay = new Set<Promise<unknown>>();
  /** They stand in line: if each looked for itself whenever one has ended, a thousand would look a million times. */
  #line: Promise<unknown> = Promise.resolve();

  /**
   * Waits until one more may begin: each that is under way may become a failure, and many guesses at once are no way round
   * the count.
   * @param failures says how many there were, or throws
   */
  turn(failures: () => Promise<number>, most: number): Promise<void> {
    const mine = this.#line.then(() => this.#untilAllowed(failures, most));
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  /** Begins one. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const attempt = work();
    const end: Promise<unknown> = attempt.catch(() => undefined).then(() => this.#underWay.delete(end));
    this.#begun += 1;
    this.#underWay.add(end);
    return attempt;
  }

  async #untilAllowed(failures: () => Promise<number>, most: number): Promise<void> {
    for (;;) {
      const ended = this.#begun - this.#underWay.size;
      // It counts none that ends after it was asked.
      if ((await failures()) + this.#begun - ended < most) return;
      if (this.#underWay.size > 0) await Promise.race(this.#underWay);
    }
  }
}
