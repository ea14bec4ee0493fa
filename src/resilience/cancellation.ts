/** Cancellation of a request, as AbortSignal offers it, at a tenth of its price: every pull needs several. */

/** The request was cancelled: its client disconnected. */
export class Cancelled extends Error {}

/** Address of a client; undefined for the gateway itself and its administrators. */
type ClientAddress = string | undefined;

/** A cancellation, which happens at most once. */
export class Cancellation {
  /** Address of the client that wanted the reply first. */
  readonly address: ClientAddress;
  readonly #listeners = new Set<() => void>();
  readonly #joined: ClientAddress[] = [];
  readonly #joinListeners = new Set<(address: ClientAddress) => void>();
  #cancelled = false;

  constructor(address?: ClientAddress) {
    this.address = address;
  }

  /** Adds a client that wants the same reply. */
  join(address: ClientAddress): void {
    if (address === this.address || this.#joined.includes(address)) return;
    this.#joined.push(address);
    for (const listener of this.#joinListeners) listener(address);
  }

  /**
   * Calls `listener` with the address of each client beside the first one, now and later.
   * @returns a function that removes the listener
   */
  onJoin(listener: (address: ClientAddress) => void): () => void {
    for (const address of this.#joined) listener(address);
    this.#joinListeners.add(listener);
    return () => void this.#joinListeners.delete(listener);
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
