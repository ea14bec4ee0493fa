/** Timeouts with PostgreSQL: long with one that shows that it lives, short with one that has fallen unresponsive. */

/** Timeouts has ended. */
export class TimedOut extends Error {}

/** When patience ends. */
export interface TimeoutOptions {
  /** Whether the database has given no sign of life for a moment. */
  readonly unresponsive: () => boolean;
  /** Milliseconds that an answer may take from a database that is unresponsive. */
  readonly unresponsiveTimeoutMs: number;
}

interface Waiting {
  /** Milliseconds for which this process was able to hear an answer. */
  waited: number;
  readonly longest: number;
  readonly late: () => void;
}

/** Milliseconds between two looks at what waits. */
const CHECK_INTERVAL_MS = 100;

/**
 * Ends the waiting for work that takes too long. Looks are counted and not the clock: where this process itself was held
 * up, the answer may have come meanwhile and is read before the next look.
 */
export class Timeouts {
  readonly #options: TimeoutOptions;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /**
   * Waits for work, whose own end nobody looks at once patience has ended.
   * @param longest milliseconds that it may take while the database lives
   * @throws TimedOut when it takes too long
   */
  within<T>(longest: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = {
        waited: 0,
        longest,
        late: () => {
          this.#waiting.delete(waiting);
          reject(new TimedOut("no answer in time"));
        },
      };
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => this.#look(), CHECK_INTERVAL_MS).unref();
      work.then(resolve, reject).finally(() => this.#waiting.delete(waiting));
    });
  }

  #look(): void {
    const most = this.#options.unresponsive()
      ? this.#options.unresponsiveTimeoutMs
      : Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      waiting.waited += CHECK_INTERVAL_MS;
      if (waiting.waited > Math.min(waiting.longest, most)) waiting.late();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
