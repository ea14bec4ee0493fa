/** Assembles rows from the pairs of repository entries. */
import type { Key } from "./form-key.ts";
import type { PairSink } from "./form-pairs.ts";

/** Makes the row of one entry. @param place place of the repository, as in `PairSink.pair` */
export type RowMaker<Row> = (
  entry: number,
  subject: string,
  repository: string | undefined,
  authRequired: string | undefined,
  place: number,
) => Row;

/** Maximum number of unknown fields of an entry. They are ignored, but listed to detect repetitions. */
const MAX_OTHER_FIELDS = 32;

/**
 * Groups pairs into entries by Rack's rule for a list of objects: a repeated field begins a new object. An entry also ends
 * where another subject begins, because no client interleaves entries.
 */
export class Entries<Row> implements PairSink {
  /** Complete rows; the consumer empties the list. */
  rows: Row[] = [];
  readonly #row: RowMaker<Row>;
  #entry = 0;
  #open = false;
  #subject = "";
  #repository: string | undefined;
  #hasRepository = false;
  #place = -1;
  #authRequired: string | undefined;
  #hasAuthRequired = false;
  #others: string[] = [];

  constructor(row: RowMaker<Row>) {
    this.#row = row;
  }

  pair(key: Key, value: string | undefined, place: number): void {
    if (key.meaning === "field") {
      this.#field(key, value, place);
      return;
    }
    this.close();
    if (key.meaning === "entry")
      this.rows.push(this.#row(++this.#entry, key.subject, undefined, undefined, -1));
    if (key.meaning === "subject") this.rows.push(this.#row(0, key.subject, undefined, undefined, -1));
  }

  /** Completes the open entry. */
  close(): void {
    if (!this.#open) return;
    this.rows.push(this.#row(this.#entry, this.#subject, this.#repository, this.#authRequired, this.#place));
    this.#open = false;
  }

  #field(key: Key, value: string | undefined, place: number): void {
    if (!this.#open || this.#subject !== key.subject || this.#has(key.field)) this.#begin(key.subject);
    if (key.field === "repository") {
      this.#repository = value;
      this.#place = place;
      this.#hasRepository = true;
    } else if (key.field === "auth_required") {
      this.#authRequired = value;
      this.#hasAuthRequired = true;
    } else {
      this.#others.push(key.field);
    }
  }

  #has(field: string): boolean {
    if (field === "repository") return this.#hasRepository;
    if (field === "auth_required") return this.#hasAuthRequired;
    return this.#others.length >= MAX_OTHER_FIELDS || this.#others.includes(field);
  }

  #begin(subject: string): void {
    this.close();
    this.#open = true;
    this.#entry++;
    this.#subject = subject;
    this.#repository = undefined;
    this.#place = -1;
    this.#hasRepository = false;
    this.#authRequired = undefined;
    this.#hasAuthRequired = false;
    if (this.#others.length > 0) this.#others = [];
  }
}
