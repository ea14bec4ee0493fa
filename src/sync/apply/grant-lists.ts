/**
 * Grants of a mapping in memory, by subject, in the ids of the database. Each subject's grants are next to each other, so that they
 * are compared and ordered in a few cache lines and without a table of all pairs.
 */
import { setImmediate } from "node:timers/promises";
import type { HeldGrants } from "./held-grants.ts";
import { IdIndex } from "./id-index.ts";

/** Grants that are read without a pause for other work. */
export const MAX_GRANTS_AT_ONCE = 8_192;

/** Numbers of a mapping's names, each with the id that the database has for it, or 0. */
type Ids = Int32Array;

/** Turns counts, each at the place after its own, into the beginnings of lists. */
function accumulate(counts: Int32Array): void {
  for (let at = 1; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0);
}

/** Different grants, by subject. */
export class GrantLists {
  readonly subjects: IdIndex;
  readonly repositories: IdIndex;
  /** Places of the repositories of all subjects, in the order of subjects. */
  readonly #granted: Int32Array;
  /** Beginnings of the lists of the subjects, and the end of the last one. */
  readonly #starts: Int32Array;

  private constructor(subjects: IdIndex, repositories: IdIndex, granted: Int32Array, starts: Int32Array) {
    this.subjects = subjects;
    this.repositories = repositories;
    this.#granted = granted;
    this.#starts = starts;
  }

  /** Lists the grants whose subject and repository have an id. */
  static async of(held: HeldGrants, subjectIds: Ids, repositoryIds: Ids): Promise<GrantLists> {
    const subjects = await IdIndex.of(subjectIds);
    const repositories = await IdIndex.of(repositoryIds);
    const subjectPlaces = await subjects.placesOf(subjectIds);
    const repositoryPlaces = await repositories.placesOf(repositoryIds);
    const starts = new Int32Array(subjects.size + 1);
    for (const part of held.parts()) {
      for (let at = 0; at < part.length; at += 2) {
        const subject = subjectPlaces[part[at] ?? 0] ?? -1;
        const repository = repositoryPlaces[part[at + 1] ?? 0] ?? -1;
        if (subject >= 0 && repository >= 0) starts[subject + 1] = (starts[subject + 1] ?? 0) + 1;
      }
      await setImmediate();
    }
    accumulate(starts);
    const granted = new Int32Array(starts.at(-1) ?? 0);
    const ends = starts.slice();
    for (const part of held.parts()) {
      for (let at = 0; at < part.length; at += 2) {
        const subject = subjectPlaces[part[at] ?? 0] ?? -1;
        const repository = repositoryPlaces[part[at + 1] ?? 0] ?? -1;
        if (subject < 0 || repository < 0) continue;
        const end = ends[subject] ?? 0;
        granted[end] = repository;
        ends[subject] = end + 1;
      }
      await setImmediate();
    }
    const lists = new GrantLists(subjects, repositories, granted, starts);
    await lists.#removeRepeated();
    return lists;
  }

  /** Number of grants. */
  get size(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /** Places of the repositories that are granted to a subject. @param subject its place */
  grantsOf(subject: number): Int32Array {
    return this.#granted.subarray(this.#starts[subject], this.#starts[subject + 1]);
  }

  /** Yields all grants, ordered by subject and then by repository, as lists of ids that take turns. */
  async *bySubject(): AsyncGenerator<Int32Array> {
    const out = new PairParts();
    for (const [subject, id] of this.subjects.ids.entries()) {
      for (const repository of this.grantsOf(subject).sort())
        out.add(id, this.repositories.ids[repository] ?? 0);
      if (out.isLong) yield* out.take();
    }
    yield* out.take();
  }

  /** Yields all grants, ordered by repository and then by subject, as {@link bySubject} does. */
  async *byRepository(): AsyncGenerator<Int32Array> {
    const starts = new Int32Array(this.repositories.size + 1);
    for (let at = 0; at < this.size; at += 1) {
      const repository = this.#granted[at] ?? 0;
      starts[repository + 1] = (starts[repository + 1] ?? 0) + 1;
      if (at % MAX_GRANTS_AT_ONCE === 0) await setImmediate();
    }
    accumulate(starts);
    const subjects = new Int32Array(this.size);
    const ends = starts.slice();
    let pauseAt = 0;
    for (const [subject, id] of this.subjects.ids.entries()) {
      for (const repository of this.grantsOf(subject)) {
        const end = ends[repository] ?? 0;
        subjects[end] = id;
        ends[repository] = end + 1;
      }
      if ((this.#starts[subject] ?? 0) < pauseAt) continue;
      pauseAt += MAX_GRANTS_AT_ONCE;
      await setImmediate();
    }
    const out = new PairParts();
    for (const [repository, id] of this.repositories.ids.entries()) {
      for (const subject of subjects.subarray(starts[repository], starts[repository + 1]))
        out.add(subject, id);
      if (out.isLong) yield* out.take();
    }
    yield* out.take();
  }

  async #removeRepeated(): Promise<void> {
    /** Subject in whose list a repository was found last, plus 1. */
    const found = new Int32Array(this.repositories.size);
    let end = 0;
    let pauseAt = 0;
    for (let subject = 0; subject < this.subjects.size; subject += 1) {
      const list = this.grantsOf(subject);
      this.#starts[subject] = end;
      for (const repository of list) {
        if (found[repository] === subject + 1) continue;
        found[repository] = subject + 1;
        this.#granted[end] = repository;
        end += 1;
      }
      if (end < pauseAt) continue;
      pauseAt = end + MAX_GRANTS_AT_ONCE;
      await setImmediate();
    }
    this.#starts[this.subjects.size] = end;
  }
}

/** Collects pairs for consumers that take many at a time. */
class PairParts {
  #pairs: number[] = [];

  get isLong(): boolean {
    return this.#pairs.length >= 2 * MAX_GRANTS_AT_ONCE;
  }

  add(subject: number, repository: number): void {
    this.#pairs.push(subject, repository);
  }

  /** Yields the pairs in parts, and removes them. */
  *take(): Generator<Int32Array> {
    const pairs = new Int32Array(this.#pairs);
    this.#pairs = [];
    for (let at = 0; at < pairs.length; at += 2 * MAX_GRANTS_AT_ONCE)
      yield pairs.subarray(at, at + 2 * MAX_GRANTS_AT_ONCE);
  }
}
