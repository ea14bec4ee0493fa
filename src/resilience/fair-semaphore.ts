/** A semaphore that serves its callers in turn: none holds all of its slots, and none waits behind all that another wants. */

/** What one caller has begun in a turn of whoever sets the pace. */
export interface Starts {
  turn: number;
  count: number;
}

/** Sets the pace at which each caller gets slots; `serve` is to be called when more may. */
export interface Pacing {
  may(starts: Starts): boolean;
  began(starts: Starts): void;
}

/** How many slots there are, and what one caller may hold of them. */
export interface FairSemaphoreOptions {
  readonly slots: number;
  /** Slots that one caller may hold; all of them when left out. */
  readonly slotsPerCaller?: number;
  /** Slots that only callers get who hold fewer than half as many; none when left out. */
  readonly reserve?: number;
  readonly pace?: Pacing;
  /** Places to wait in, in all and for one caller; as many as are wanted when left out. */
  readonly places?: number;
  readonly placesPerCaller?: number;
}

/** A caller who waits for a slot. */
export interface Waiter {
  /** Resolves with the slot. */
  readonly turn: Promise<void>;
  /** Gives the place up, or the slot if it has come to that meanwhile. To be called by whoever waits no longer. */
  leave(): void;
}

interface Caller {
  held: number;
  /** Those who came first stand first. */
  readonly waiting: Set<() => void>;
  readonly starts: Starts;
}

/** Callers who hold nothing and are known all the same, as they are likely to come again. */
const MAX_IDLE_CALLERS = 1_000;

/** Slots that are shared fairly among callers, each of whom is told by a key. */
export class FairSemaphore {
  readonly #slots: number;
  readonly #slotsPerCaller: number;
  readonly #reserve: number;
  readonly #places: number;
  readonly #placesPerCaller: number;
  readonly #pace: FairSemaphoreOptions["pace"];
  readonly #callers = new Map<string, Caller>();
  /** Keys of those who wait, the next one first. */
  readonly #line = new Set<string>();
  #held = 0;
  #waiting = 0;

  constructor({ slots, slotsPerCaller = slots, reserve = 0, pace, ...places }: FairSemaphoreOptions) {
    this.#pace = pace;
    this.#slots = slots;
    this.#slotsPerCaller = slotsPerCaller;
    this.#reserve = reserve;
    this.#places = places.places ?? Number.POSITIVE_INFINITY;
    this.#placesPerCaller = places.placesPerCaller ?? this.#places;
  }

  /** How many slots are held. */
  get held(): number {
    return this.#held;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Does work that needs a slot, as soon as there is one.
   * @throws Error if the line is full; what the work throws
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.tryAcquire(key)) {
      const waiter = this.wait(key);
      if (waiter === undefined) throw new Error("too many wait for their turn");
      await waiter.turn;
    }
    try {
      return await work();
    } finally {
      this.release(key);
    }
  }

  /** Takes a slot if there is one for this caller, and nobody of its waits for it already. */
  tryAcquire(key: string): boolean {
    const caller = this.#callerOf(key);
    if (caller.waiting.size > 0 || !this.#mayHold(caller)) {
      this.#forget(key, caller);
      return false;
    }
    this.#hold(caller);
    return true;
  }

  /** Stands in line for a slot; undefined where the line, or this caller's part of it, is full. */
  wait(key: string): Waiter | undefined {
    const caller = this.#callerOf(key);
    if (this.#waiting >= this.#places || caller.waiting.size >= this.#placesPerCaller) {
      this.#forget(key, caller);
      return undefined;
    }
    let begin = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    caller.waiting.add(begin);
    this.#waiting += 1;
    this.#line.add(key);
    return { turn, leave: () => this.#leave(key, caller, begin) };
  }

  /** Gives a slot back, to the next who may have it. */
  release(key: string): void {
    const caller = this.#callers.get(key);
    if (caller === undefined) return;
    caller.held -= 1;
    this.#held -= 1;
    this.#forget(key, caller);
    if (this.#waiting > 0) this.serve();
  }

  #callerOf(key: string): Caller {
    const known = this.#callers.get(key);
    if (known !== undefined) return known;
    const caller = { held: 0, waiting: new Set<() => void>(), starts: { turn: -1, count: 0 } };
    this.#callers.set(key, caller);
    return caller;
  }

  #hold(caller: Caller): void {
    caller.held += 1;
    this.#held += 1;
    this.#pace?.began(caller.starts);
  }

  #mayHold({ held, starts }: Caller): boolean {
    const free = this.#slots - this.#held;
    if (this.#pace?.may(starts) === false) return false;
    return free > 0 && held < this.#slotsPerCaller && (free > this.#reserve || held < this.#reserve / 2);
  }

  /** Gives slots to those who wait, as far as they may have them now. */
  serve(): void {
    for (const key of this.#line) {
      if (this.#held >= this.#slots) return;
      const caller = this.#callers.get(key);
      const [first] = caller?.waiting ?? [];
      if (caller === undefined || first === undefined || !this.#mayHold(caller)) continue;
      this.#take(key, caller, first);
      this.#hold(caller);
      first();
    }
  }

  /** Takes one out of the line; its caller's next one stands at the end. */
  #take(key: string, caller: Caller, begin: () => void): void {
    caller.waiting.delete(begin);
    this.#waiting -= 1;
    this.#line.delete(key);
    if (caller.waiting.size > 0) this.#line.add(key);
  }

  #leave(key: string, caller: Caller, begin: () => void): void {
    if (!caller.waiting.delete(begin)) {
      this.release(key);
      return;
    }
    this.#waiting -= 1;
    if (caller.waiting.size === 0) this.#line.delete(key);
    this.#forget(key, caller);
  }

  #forget(key: string, caller: Caller): void {
    const isIdle = caller.held === 0 && caller.waiting.size === 0;
    if (isIdle && this.#callers.size > MAX_IDLE_CALLERS) this.#callers.delete(key);
  }
}

/**
 * Waits for a slot until that makes no sense any more; then its place goes to somebody else.
 * @param ends calls its argument with the reason when it makes no sense, and gives what takes that back
 * @throws the reason
 */
export async function turnUnless(
  waiter: Waiter,
  ends: (end: (reason: Error) => void) => () => void,
): Promise<void> {
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    stop = ends(reject);
  });
  try {
    await Promise.race([waiter.turn, ended]);
  } catch (reason) {
    waiter.leave();
    throw reason;
  } finally {
    stop();
  }
}
