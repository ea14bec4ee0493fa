/** Grants as pairs of numbers, so that each name is sent only once. */
import type { MappedGrant } from "../../model/syncs.ts";
import type { CopyRows } from "./copy-rows.ts";
import { HeldGrants } from "./held-grants.ts";
import { Numbering } from "./numbering.ts";
import type { Staging } from "./staging.ts";

/**
 * Staging of a mapping. Definitions are sent as they come: a number in the column of subjects or of repositories, and its name.
 * Grants, which are two numbers, stay in memory. When they are too many, all are sent, with those that follow.
 */
export class NumberedGrants implements Staging<MappedGrant> {
  readonly columns: string;
  readonly #fold: ((subject: string) => string) | undefined;
  readonly #width: number;
  readonly #subjects: Numbering;
  readonly #repositories: Numbering;
  #out: CopyRows | undefined;
  #held: HeldGrants | undefined;
  #grants = 0;

  /**
   * @param maxHeld number of grants that may stay in memory
   * @param fold converts a subject to the form in which subjects are compared, which gets a column of its own
   */
  constructor(maxHeld: number, fold?: (subject: string) => string) {
    this.#held = new HeldGrants(maxHeld);
    this.#fold = fold;
    this.#width = fold === undefined ? 3 : 4;
    this.columns = `subject integer, repository integer, name text${fold === undefined ? "" : ", key text"}`;
    this.#subjects = new Numbering((number, text) => this.#define(number, undefined, text));
    this.#repositories = new Numbering((number, text) => this.#define(undefined, number, text));
  }

  /** Number of grants, with those that came twice. */
  get grants(): number {
    return this.#grants;
  }

  /** The grants in memory; undefined if they were too many and have been sent. */
  get held(): HeldGrants | undefined {
    return this.#held;
  }

  /** Converts the grants in memory, which are freed then. */
  async identified<Grants>(convert: (held: HeldGrants) => Promise<Grants>): Promise<Grants | undefined> {
    const grants = this.#held && (await convert(this.#held));
    this.#held = undefined;
    return grants;
  }

  write(copy: CopyRows, { subject, repository, place = -1 }: MappedGrant): void {
    this.#out = copy;
    const subjectNumber = this.#subjects.of(subject);
    if (repository === undefined) return;
    const repositoryNumber = this.#repositories.at(place, repository);
    this.#grants += 1;
    if (this.#held === undefined) this.#send(copy, subjectNumber, repositoryNumber);
    else this.#held.add(subjectNumber, repositoryNumber);
  }

  *spill(copy: CopyRows): Generator<void> {
    const held = this.#held;
    if (held?.isFull !== true) return;
    this.#held = undefined;
    for (const part of held.parts()) {
      for (let at = 0; at < part.length; at += 2) this.#send(copy, part[at] ?? 0, part[at + 1] ?? 0);
      yield;
    }
  }

  #send(copy: CopyRows, subject: number, repository: number): void {
    copy.row(this.#width);
    copy.integer(subject);
    copy.integer(repository);
    for (let column = 2; column < this.#width; column += 1) copy.null();
  }

  #define(subject: number | undefined, repository: number | undefined, text: string): void {
    const out = this.#out;
    if (out === undefined) return;
    out.row(this.#width);
    if (subject === undefined) out.null();
    else out.integer(subject);
    if (repository === undefined) out.null();
    else out.integer(repository);
    out.text(text);
    if (this.#fold === undefined) return;
    if (subject === undefined) out.null();
    else out.text(this.#fold(text));
  }
}
