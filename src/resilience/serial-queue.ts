/** A line in which logins wait: one at a time, in the order in which they came. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** How many logins wait or are being answered. */
  get length(): number {
    return this.#length;
  }

  /** Runs `work` after all that came before has ended. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const mine = this.#tail.then(work);
    this.#tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#length -= 1;
    }
  }
}
