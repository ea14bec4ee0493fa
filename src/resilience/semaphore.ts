/** So many at a time: the next ones wait in line, for no longer than they can. */

/** Counts those who have their turn. */
export class Semaphore {
  #free: number;
  /** Those who came first stand first. */
  readonly #line = new Set<() => void>();

  /** @param most at the same time */
  constructor(most: number) {
    this.#free = most;
  }

  /**
   * Runs `work` when its turn comes.
   * @param timeoutMs milliseconds to wait for it
   * @param late the error for who has waited so long
   */
  async run<T>(work: () => Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
    await this.#turn(timeoutMs, late);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(timeoutMs: number, late: () => Error): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#line.delete(begin);
        reject(late());
      }, timeoutMs);
      this.#line.add(begin);
    });
  }

  #next(): void {
    const [first] = this.#line;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    this.#line.delete(first);
    first();
  }
}
