/** Comparison of a mapping in memory with the grants that are stored, subject by subject. */
import { setImmediate } from "node:timers/promises";
import type { GrantLists } from "./grant-lists.ts";
import { HeldGrants } from "./held-grants.ts";

/** Subjects that are read without a pause for other work. */
const MAX_SUBJECTS_AT_ONCE = 64;

/** Finds what a mapping adds to the stored grants, and what it removes. */
export class GrantComparison {
  /** Grants of the mapping that are not stored, as ids. */
  readonly added = new HeldGrants(Number.MAX_SAFE_INTEGER);
  /** Stored grants that the mapping does not have. */
  readonly removed: HeldGrants;
  readonly #lists: GrantLists;
  /** Subject that the mapping grants a repository, plus 1, at the repository's place; negative if that grant is stored. */
  readonly #marks: Int32Array;
  readonly #isCompared: Uint8Array;
  #id = 0;
  /** Place of the subject that is being compared; -1 if the mapping does not have it. */
  #subject = -1;
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
   */
  compare(subjectId: number, repositories: Buffer): void {
    if (subjectId !== this.#id) this.#begin(subjectId);
    const mark = this.#subject + 1;
    for (let at = 0; at < repositories.length; at += 4) {
      const id = repositories.readInt32BE(at);
      const place = this.#lists.repositories.placeOf(id);
      if (mark > 0 && place >= 0 && this.#marks[place] === mark) {
        this.#marks[place] = -mark;
        this.#stored += 1;
      } else if (!this.removed.isFull) this.removed.add(subjectId, id);
    }
  }

  /** Ends the comparison: what has not been compared is not stored. */
  async end(): Promise<void> {
    this.#endSubject();
    this.#id = 0;
    this.#subject = -1;
    const { ids } = this.#lists.subjects;
    for (const [subject, id] of ids.entries()) {
      if (this.#isCompared[subject] !== 1)
        for (const place of this.#lists.grantsOf(subject)) this.#add(id, place);
      if (subject % MAX_SUBJECTS_AT_ONCE === 0) await setImmediate();
    }
  }

  #begin(subjectId: number): void {
    this.#endSubject();
    this.#id = subjectId;
    this.#subject = this.#lists.subjects.placeOf(subjectId);
    this.#stored = 0;
    if (this.#subject < 0) return;
    for (const place of this.#lists.grantsOf(this.#subject)) this.#marks[place] = this.#subject + 1;
  }

  #endSubject(): void {
    if (this.#subject < 0) return;
    this.#isCompared[this.#subject] = 1;
    const granted = this.#lists.grantsOf(this.#subject);
    if (this.#stored === granted.length) return;
    for (const place of granted) if (this.#marks[place] === this.#subject + 1) this.#add(this.#id, place);
  }

  #add(subjectId: number, place: number): void {
    this.added.add(subjectId, this.#lists.repositories.ids[place] ?? 0);
  }
}
