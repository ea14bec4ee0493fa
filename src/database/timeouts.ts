/** Timeouts of PostgreSQL's replies: long while it is responsive, short while it is not. */

/** The timeout of a call is over. */
export class TimedOut extends Error {}

/** Settings of the timeouts. */
export interface TimeoutOptions {
  /** Returns true while the database sends no replies. */
  readonly unresponsive: () => boolean;
  /** Timeout of all calls while the database is unresponsive. */
  readonly unresponsiveTimeoutMs: number;
}

interface PendingCall {
  /** Time during which the event loop was free to read a reply. */
  waitedMs: number;
  readonly timeoutMs: number;
  readonly onTimeout: () => void;
}

/** Interval between two checks of the pending calls. */
const CHECK_INTERVAL_MS = 100;

/**
 * Rejects calls that take too long. Counts checks instead of reading the clock: if the event loop was blocked, a reply may
 * have arrived meanwhile, and is read before the next check.
 */
export class Timeouts {
  readonly #options: TimeoutOptions;
  readonly #pending = new Set<PendingCall>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /**
   * Waits for a call. After the timeout its result is ignored.
   * @param timeoutMs timeout while the database is responsive
   * @throws TimedOut when the call takes too long
   */
  within<T>(timeoutMs: number, call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const pending = {
        waitedMs: 0,
        timeoutMs,
        onTimeout: () => {
          this.#pending.delete(pending);
          reject(new TimedOut("no reply in time"));
        },
      };
      this.#pending.add(pending);
      this.#timer ??= setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref();
      call.then(resolve, reject).finally(() => this.#pending.delete(pending));
    });
  }

  /** Ends all pending calls at once, as after their timeout. */
  expireAll(): void {
    for (const { onTimeout } of this.#pending) onTimeout();
  }

  #check(): void {
    const maxMs = this.#options.unresponsive()
      ? this.#options.unresponsiveTimeoutMs
      : Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) {
      pending.waitedMs += CHECK_INTERVAL_MS;
      if (pending.waitedMs > Math.min(pending.timeoutMs, maxMs)) pending.onTimeout();
    }
    if (this.#pending.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
