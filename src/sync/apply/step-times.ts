/** Times of the steps of a sync, for the log: they tell a slow sender from a slow database. */

/**
 * Step of a sync: its body is read, checked and sent to temporary tables; other syncs are waited for, for
 * their connection or their locks; a mapping is compared with what
 * is stored; the differences are written. Lists are compared as they are written.
 */
type Step = "read" | "wait" | "compare" | "write";

/** Measures steps that follow each other. */
export class StepTimes {
  readonly #seconds: Partial<Record<Step, number>> = {};
  #since: number;

  /** @param started time at which the first step began, by `performance.now()` */
  constructor(started: number) {
    this.#since = started;
  }

  /** Ends a step, which began when the one before it ended. A step may be done more than once. */
  end(step: Step): void {
    const now = performance.now();
    this.#seconds[step] = (this.#seconds[step] ?? 0) + (now - this.#since) / 1000;
    this.#since = now;
  }

  /** Seconds of each step that has ended, to the millisecond. */
  get seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.#seconds).map(([step, seconds]) => [step, Math.round(seconds * 1000) / 1000]),
    );
  }
}
