/** Patience with PostgreSQL: long with one that shows that it lives, short with one that has fallen silent. */

/** Patience has ended. */
export class Late extends Error {}

/** When patience ends. */
export interface PatienceOptions {
  /** Whether the database has given no sign of life for a moment. */
  readonly silent: () => boolean;
  /** Milliseconds that an answer may take from a database that is silent. */
  readonly whenSilent: number;
}

interface Waiting {
  /** Milliseconds for which this process was able to hear an answer. */
  waited: number;
  readonly longest: number;
  readonly late: () => void;
}

/** Milliseconds between two looks at what waits. */
const LOOK_EVERY = 100;

/**
 * Ends the waiting for work that takes too long. Looks are counted and not the clock: where this process itself was held
 * up, the answer may have come meanwhile and is read before the next look.
 */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * Waits for work, whose own end nobody looks at once patience has ended.
   * @param longest milliseconds that it may take while the database lives
   * @throws Late when it takes too long
   */
  within<T>(longest: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = {
        waited: 0,
        longest,
        late: () => {
          this.#waiting.delete(waiting);
          reject(new Late("no answer in time"));
        },
      };
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
      work.then(resolve, reject).finally(() => this.#waiting.delete(waiting));
    });
  }

  #look(): void {
    const most = this.#options.silent() ? this.#options.whenSilent : Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      waiting.waited += LOOK_EVERY;
      if (waiting.waited > Math.min(waiting.longest, most)) waiting.late();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
