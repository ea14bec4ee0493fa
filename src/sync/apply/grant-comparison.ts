/** Comparison of a mapping in memory with the grants that are stored, subject by subject. */
import { setImmediate } from "node:timers/promises";
import { type GrantLists, MAX_GRANTS_AT_ONCE } from "./grant-lists.ts";
import { HeldGrants } from "./held-grants.ts";

/** Finds what a mapping adds to the stored grants, and what it removes. */
export class GrantComparison {
  /** Grants of the mapping that are not stored, as ids. */
  readonly added = new HeldGrants(Number.MAX_SAFE_INTEGER);
  /** Stored grants that the mapping does not have. */
  readonly removed: HeldGrants;
  readonly #lists: GrantLists;
  /** By place of a repository: place of the last subject that the mapping grants it, plus 1; negative if that grant is stored. */
  readonly #marks: Int32Array;
  readonly #isCompared: Uint8Array;
  #id = 0;
  /** Place of the subject that is being compared; -1 if the mapping does not have it. */
  #subject = -1;
  /** Number of its grants that are stored. */
  #stored = 0;

  /** @param maxRemoved number of removed grants that may be kept in memory */
  constructor(lists: GrantLists, maxRemoved: number) {
    this.#lists = lists;
    this.removed = new HeldGrants(maxRemoved);
    this.#marks = new Int32Array(lists.repositories.size);
    this.#isCompared = new Uint8Array(lists.subjects.size);
  }

  /**
   * Compares stored grants of a subject; they may come in several parts, one after the other.
   * @param repositories ids, big-endian, of four bytes each
   * @returns number of grants that were read for it
   */
  compare(subjectId: number, repositories: Buffer): number {
    const read = subjectId === this.#id ? 0 : this.#begin(subjectId);
    const mark = this.#subject + 1;
    for (let at = 0; at < repositories.length; at += 4) {
      const id = repositories.readInt32BE(at);
      const place = this.#lists.repositories.placeOf(id);
      if (mark > 0 && place >= 0 && this.#marks[place] === mark) {
        this.#marks[place] = -mark;
        this.#stored += 1;
      } else if (!this.removed.isFull) this.removed.add(subjectId, id);
    }
    return read + repositories.length / 4;
  }

  /** Ends the comparison: what has not been compared is not stored. */
  async end(): Promise<void> {
    this.#endSubject();
    this.#id = 0;
    this.#subject = -1;
    let sincePause = 0;
    for (const [subject, id] of this.#lists.subjects.ids.entries()) {
      if (this.#isCompared[subject] === 1) continue;
      const granted = this.#lists.grantsOf(subject);
      for (const place of granted) this.#add(id, place);
      sincePause += granted.length + 1;
      if (sincePause < MAX_GRANTS_AT_ONCE) continue;
      await setImmediate();
      sincePause = 0;
    }
  }

  /** Ends the subject before, and begins this one. @returns number of grants that were read for it */
  #begin(subjectId: number): number {
    const read = this.#endSubject();
    this.#id = subjectId;
    this.#subject = this.#lists.subjects.placeOf(subjectId);
    this.#stored = 0;
    if (this.#subject < 0) return read;
    const granted = this.#lists.grantsOf(this.#subject);
    for (const place of granted) this.#marks[place] = this.#subject + 1;
    return read + granted.length;
  }

  #endSubject(): number {
    if (this.#subject < 0) return 0;
    this.#isCompared[this.#subject] = 1;
    const granted = this.#lists.grantsOf(this.#subject);
    if (this.#stored === granted.length) return 0;
    for (const place of granted) if (this.#marks[place] === this.#subject + 1) this.#add(this.#id, place);
    return granted.length;
  }

  #add(subjectId: number, place: number): void {
    this.added.add(subjectId, this.#lists.repositories.ids[place] ?? 0);
  }
}
