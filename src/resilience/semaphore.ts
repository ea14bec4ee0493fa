/** A semaphore with a first-in, first-out queue and a timeout. */

/** Bounds the number of concurrent pieces of work. */
export class Semaphore {
  #free: number;
  /** Waiters in the order of arrival. */
  readonly #queue = new Set<() => void>();

  /** @param maxConcurrent number of slots */
  constructor(maxConcurrent: number) {
    this.#free = maxConcurrent;
  }

  /**
   * Runs `work` as soon as a slot is free.
   * @param timeoutMs timeout of waiting for a slot
   * @param onTimeout makes the error for the timeout
   */
  async run<T>(work: () => Promise<T>, timeoutMs: number, onTimeout: () => Error): Promise<T> {
    await this.#acquire(timeoutMs, onTimeout);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #acquire(timeoutMs: number, onTimeout: () => Error): Promise<void> {
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
        this.#queue.delete(begin);
        reject(onTimeout());
      }, timeoutMs);
      this.#queue.add(begin);
    });
  }

  #release(): void {
    const [first] = this.#queue;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    this.#queue.delete(first);
    first();
  }
}
