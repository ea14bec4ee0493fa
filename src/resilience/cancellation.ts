/** Whether anybody still wants an answer. What an AbortSignal is for, at a tenth of its price, for every pull needs some. */

/** Whoever asked has gone. */
export class Gone extends Error {}

/** Lost once at the most, and then for good. */
export class Interest {
  /** The address of whoever wants the answer, or wanted it first; undefined for the gateway itself and its administrators. */
  readonly address: string | undefined;
  readonly #listeners = new Set<() => void>();
  #lost = false;

  constructor(address?: string) {
    this.address = address;
  }

  /** Whether nobody wants the answer any more. */
  get lost(): boolean {
    return this.#lost;
  }

  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const listener of this.#listeners) listener();
  }

  /**
   * Calls `listener` when it is lost, or now if it is lost already.
   * @returns what takes the listener away again
   */
  onLost(listener: () => void): () => void {
    if (this.#lost) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
