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
  /** Resolves to the key of the caller that has acquired the slot, and to which it must be released. */
  readonly acquired: Promise<string>;
  /** Waits for another caller too: the slot is acquired at the first turn of any of its callers. */
  join(key: string): void;
  /** Leaves the queue, or releases the slot if it has been acquired meanwhile. */
  cancel(): void;
}

/** State of a waiter. */
interface Waiting {
  readonly keys: Set<string>;
  /** Key of the caller that has acquired the slot. */
  slotOf: string | undefined;
  readonly onAcquired: (key: string) => void;
}

interface Caller {
  held: number;
  /** Waiters in the order of arrival. */
  readonly waiting: Set<Waiting>;
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
    let slotOf = key;
    if (!this.tryAcquire(key)) {
      const waiter = this.wait(key);
      if (waiter === undefined) throw new Error("the queue is full");
      slotOf = await waiter.acquired;
    }
    try {
      return await work();
    } finally {
      this.release(slotOf);
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
    if (this.#waiting >= this.#maxWaiting) return undefined;
    let onAcquired = (_key: string): void => undefined;
    const acquired = new Promise<string>((resolve) => {
      onAcquired = resolve;
    });
    const waiting: Waiting = { keys: new Set(), slotOf: undefined, onAcquired };
    if (!this.#enqueue(key, waiting)) return undefined;
    this.#waiting += 1;
    const join = (other: string) => {
      if (waiting.slotOf === undefined && waiting.keys.size > 0 && this.#enqueue(other, waiting))
        this.serve();
    };
    return { acquired, join, cancel: () => this.#cancel(waiting) };
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
    const caller = {
      held: 0,
      waiting: new Set<Waiting>(),
      starts: { round: Number.NEGATIVE_INFINITY, count: 0 },
    };
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
      this.#hold(caller);
      this.#dequeue(first);
      // Its next turn comes after those of the others.
      if (this.#queue.delete(key)) this.#queue.add(key);
      first.slotOf = key;
      first.onAcquired(key);
    }
  }

  /** Returns false if this caller has too many waiters. */
  #enqueue(key: string, waiting: Waiting): boolean {
    const caller = this.#callerOf(key);
    if (caller.waiting.size >= this.#maxWaitingPerCaller) {
      this.#dropIfIdle(key, caller);
      return false;
    }
    waiting.keys.add(key);
    caller.waiting.add(waiting);
    this.#queue.add(key);
    return true;
  }

  /** Removes a waiter from the queue of each of its callers. */
  #dequeue(waiting: Waiting): void {
    this.#waiting -= 1;
    for (const key of waiting.keys) {
      const caller = this.#callerOf(key);
      caller.waiting.delete(waiting);
      if (caller.waiting.size > 0) continue;
      this.#queue.delete(key);
      this.#dropIfIdle(key, caller);
    }
    waiting.keys.clear();
  }

  #cancel(waiting: Waiting): void {
    if (waiting.slotOf !== undefined) this.release(waiting.slotOf);
    else if (waiting.keys.size > 0) this.#dequeue(waiting);
  }

  #dropIfIdle(key: string, caller: Caller): void {
    const isIdle = caller.held === 0 && caller.waiting.size === 0;
    if (isIdle && this.#callers.size > MAX_IDLE_CALLERS) this.#callers.delete(key);
  }
}
