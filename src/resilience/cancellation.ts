/** Cancellation of a request, as AbortSignal offers it, at a tenth of its price: every pull needs several. */

/** The request was cancelled: its client disconnected. */
export class Cancelled extends Error {}

/** A cancellation, which happens at most once. */
export class Cancellation {
  /** Address of the (first) client that wants the reply; undefined for the gateway itself and its administrators. */
  readonly address: string | undefined;
  readonly #listeners = new Set<() => void>();
  #cancelled = false;

  constructor(address?: string) {
    this.address = address;
  }

  /** True after `cancel`. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Cancels, and calls the listeners. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of this.#listeners) listener();
  }

  /**
   * Calls `listener` when it is cancelled, or at once if it has been.
   * @returns a function that removes the listener
   */
  onCancel(listener: () => void): () => void {
    if (this.#cancelled) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
