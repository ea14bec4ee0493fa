/** Runs work one piece at a time, in the order of arrival. Used for logins. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Number of pieces of work that wait or run. */
  get length(): number {
    return this.#length;
  }

  /** Runs `work` after all work that was queued before it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#length -= 1;
    }
  }
}
