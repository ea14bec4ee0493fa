/** Grants of a mapping in memory, as pairs of numbers: a sync that changes little then sends little to the database. */

/** Pairs that are read without a pause for other work. */
const MAX_PART_PAIRS = 4_096;

/**
 * Bound on the grants in memory, which are 8 bytes each. Their lists by subject take 4 more, and what
 * differs 8; the first sync takes another 4 to order them. The grants of a mapping that has more are sent to the database, which compares them.
 */
export const MAX_HELD_GRANTS = 4_000_000;

/** A list of pairs. */
export class HeldGrants {
  readonly #maxLength: number;
  readonly #parts: Int32Array[] = [];
  #length = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#length;
  }

  /** True if there are more than may stay in memory. */
  get isFull(): boolean {
    return this.#length > this.#maxLength;
  }

  add(subject: number, repository: number): void {
    const at = 2 * (this.#length % MAX_PART_PAIRS);
    if (at === 0) this.#parts.push(new Int32Array(2 * MAX_PART_PAIRS));
    const part = this.#parts.at(-1);
    if (part === undefined) return;
    part[at] = subject;
    part[at + 1] = repository;
    this.#length += 1;
  }

  /** Lists of subjects and repositories that take turns. Other work may run between two of them. */
  *parts(): Generator<Int32Array> {
    let left = 2 * this.#length;
    for (const part of this.#parts) {
      yield part.subarray(0, Math.min(left, part.length));
      left -= part.length;
    }
  }
}
