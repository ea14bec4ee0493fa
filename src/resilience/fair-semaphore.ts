/** A fair semaphore: callers get slots round-robin, no caller can hold all of them, and each has a queue of its own. */

/** Slots that a caller has acquired in one round of a pacing. */
export interface Starts {
  round: number;
  count: number;
}

/** Limits the rate at which each caller acquires slots. Its owner calls `serve` when callers may acquire more. */
export interface Pacing {
  mayStart(starts: Starts): boolean;
  started(starts: Starts): void;
}

/** Settings of a fair semaphore. */
export interface FairSemaphoreOptions {
  readonly slots: number;
  /** Maximum number of slots that one caller may hold; all by default. */
  readonly slotsPerCaller?: number;
  /** Slots reserved for callers that hold fewer than half as many; none by default. */
  readonly reservedSlots?: number;
  readonly pace?: Pacing;
  /** Maximum length of the queue, in all and for one caller; unbounded by default. */
  readonly maxWaiting?: number;
  readonly maxWaitingPerCaller?: number;
}

/** A place in the queue for a slot. */
export interface Waiter {
  /** Resolves when the slot has been acquired. */
  readonly acquired: Promise<void>;
  /** Leaves the queue, or releases the slot if it has been acquired meanwhile. */
  cancel(): void;
}

interface Caller {
  held: number;
  /** Waiters in the order of arrival. */
  readonly waiting: Set<() => void>;
  readonly starts: Starts;
}

/** Idle callers whose state is kept, because they are likely to come again. */
const MAX_IDLE_CALLERS = 1_000;

/** Shares slots fairly among callers, each identified by a key. */
export class FairSemaphore {
  readonly #slots: number;
  readonly #slotsPerCaller: number;
  readonly #reservedSlots: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingPerCaller: number;
  readonly #pace: FairSemaphoreOptions["pace"];
  readonly #callers = new Map<string, Caller>();
  /** Keys of callers that wait, the next one first. */
  readonly #queue = new Set<string>();
  #held = 0;
  #waiting = 0;

  constructor({ slots, slotsPerCaller = slots, reservedSlots = 0, pace, ...queue }: FairSemaphoreOptions) {
    this.#pace = pace;
    this.#slots = slots;
    this.#slotsPerCaller = slotsPerCaller;
    this.#reservedSlots = reservedSlots;
    this.#maxWaiting = queue.maxWaiting ?? Number.POSITIVE_INFINITY;
    this.#maxWaitingPerCaller = queue.maxWaitingPerCaller ?? this.#maxWaiting;
  }

  /** Number of slots that are held. */
  get held(): number {
    return this.#held;
  }

  /** Length of the queue. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs `work` as soon as a slot is free.
   * @throws Error if the queue is full; the error of `work`
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.tryAcquire(key)) {
      const waiter = this.wait(key);
      if (waiter === undefined) throw new Error("the queue is full");
      await waiter.acquired;
    }
    try {
      return await work();
    } finally {
      this.release(key);
    }
  }

  /** Acquires a slot without waiting; returns false if none is free for this caller, or if it has others waiting. */
  tryAcquire(key: string): boolean {
    const caller = this.#callerOf(key);
    if (caller.waiting.size > 0 || !this.#mayHold(caller)) {
      this.#dropIfIdle(key, caller);
      return false;
    }
    this.#hold(caller);
    return true;
  }

  /** Queues for a slot; returns undefined if the queue, or this caller's part of it, is full. */
  wait(key: string): Waiter | undefined {
    const caller = this.#callerOf(key);
    if (this.#waiting >= this.#maxWaiting || caller.waiting.size >= this.#maxWaitingPerCaller) {
      this.#dropIfIdle(key, caller);
      return undefined;
    }
    let onAcquired = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      onAcquired = resolve;
    });
    caller.waiting.add(onAcquired);
    this.#waiting += 1;
    this.#queue.add(key);
    return { acquired: turn, cancel: () => this.#cancel(key, caller, onAcquired) };
  }

  /** Releases a slot, and gives it to the next caller that may have it. */
  release(key: string): void {
    const caller = this.#callers.get(key);
    if (caller === undefined) return;
    caller.held -= 1;
    this.#held -= 1;
    this.#dropIfIdle(key, caller);
    if (this.#waiting > 0) this.serve();
  }

  #callerOf(key: string): Caller {
    const existing = this.#callers.get(key);
    if (existing !== undefined) return existing;
    const caller = { held: 0, waiting: new Set<() => void>(), starts: { round: -1, count: 0 } };
    this.#callers.set(key, caller);
    return caller;
  }

  #hold(caller: Caller): void {
    caller.held += 1;
    this.#held += 1;
    this.#pace?.started(caller.starts);
  }

  #mayHold({ held, starts }: Caller): boolean {
    const free = this.#slots - this.#held;
    if (this.#pace?.mayStart(starts) === false) return false;
    return (
      free > 0 &&
      held < this.#slotsPerCaller &&
      (free > this.#reservedSlots || held < this.#reservedSlots / 2)
    );
  }

  /** Gives free slots to callers that wait. */
  serve(): void {
    for (const key of this.#queue) {
      if (this.#held >= this.#slots) return;
      const caller = this.#callers.get(key);
      const [first] = caller?.waiting ?? [];
      if (caller === undefined || first === undefined || !this.#mayHold(caller)) continue;
      this.#dequeue(key, caller, first);
      this.#hold(caller);
      first();
    }
  }

  /** Removes a waiter from the queue, and moves its caller to the end if it has more. */
  #dequeue(key: string, caller: Caller, onAcquired: () => void): void {
    caller.waiting.delete(onAcquired);
    this.#waiting -= 1;
    this.#queue.delete(key);
    if (caller.waiting.size > 0) this.#queue.add(key);
  }

  #cancel(key: string, caller: Caller, onAcquired: () => void): void {
    if (!caller.waiting.delete(onAcquired)) {
      this.release(key);
      return;
    }
    this.#waiting -= 1;
    if (caller.waiting.size === 0) this.#queue.delete(key);
    this.#dropIfIdle(key, caller);
  }

  #dropIfIdle(key: string, caller: Caller): void {
    const isIdle = caller.held === 0 && caller.waiting.size === 0;
    if (isIdle && this.#callers.size > MAX_IDLE_CALLERS) this.#callers.delete(key);
  }
}
