/** A set of grants, in which the ones that are stored are found and crossed out. */

/** Mark of a free slot: ids are positive. A repository that has been crossed out is negative. */
const NO_ID = 0;

/** Slots that are read without a pause for other work. */
const MAX_SLOTS_AT_ONCE = 16_384;

/** A set of pairs of ids, with open addressing. */
export class GrantSet {
  readonly #slots: Int32Array;
  readonly #mask: number;
  #size = 0;
  #left = 0;

  /** @param expected maximum number of pairs */
  constructor(expected: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 1.5 * expected)));
    this.#slots = new Int32Array(2 * capacity);
    this.#mask = capacity - 1;
  }

  /** Number of different pairs. */
  get size(): number {
    return this.#size;
  }

  /** Number of pairs that have not been crossed out. */
  get left(): number {
    return this.#left;
  }

  /** Adds a pair of positive ids, unless it is there. */
  add(subject: number, repository: number): void {
    const at = this.#find(subject, repository);
    if (this.#slots[at] !== NO_ID) return;
    this.#slots[at] = subject;
    this.#slots[at + 1] = repository;
    this.#size += 1;
    this.#left += 1;
  }

  /** Crosses a pair out. False if the set does not have it. */
  crossOut(subject: number, repository: number): boolean {
    const at = this.#find(subject, repository);
    if (this.#slots[at] === NO_ID) return false;
    if (this.#slots[at + 1] === repository) this.#left -= 1;
    this.#slots[at + 1] = -repository;
    return true;
  }

  /** Yields all pairs, in no order, as lists of subjects and repositories that take turns. Other work may run between two lists. */
  parts(): Generator<Int32Array> {
    return this.#parts(false);
  }

  /** Yields the pairs that have not been crossed out, as {@link parts} does. */
  rest(): Generator<Int32Array> {
    return this.#parts(true);
  }

  *#parts(isRest: boolean): Generator<Int32Array> {
    for (let start = 0; start < this.#slots.length; start += 2 * MAX_SLOTS_AT_ONCE) {
      const slots = this.#slots.subarray(start, start + 2 * MAX_SLOTS_AT_ONCE);
      const part = new Int32Array(slots.length);
      let length = 0;
      for (let at = 0; at < slots.length; at += 2) {
        const subject = slots[at] ?? NO_ID;
        const repository = slots[at + 1] ?? NO_ID;
        if (subject === NO_ID || (isRest && repository < 0)) continue;
        part[length] = subject;
        part[length + 1] = Math.abs(repository);
        length += 2;
      }
      yield part.subarray(0, length);
    }
  }

  /** Returns the place of a pair, or the free place for it. */
  #find(subject: number, repository: number): number {
    let hash = Math.imul(subject, 0x9e3779b1) ^ Math.imul(repository, 0x85ebca77);
    hash ^= hash >>> 15;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = 2 * slot;
      const there = this.#slots[at];
      if (there === NO_ID) return at;
      if (there === subject && Math.abs(this.#slots[at + 1] ?? NO_ID) === repository) return at;
    }
  }
}
