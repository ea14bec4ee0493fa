/** Assembles rows from the pairs of repository entries. */
import type { Key } from "./form-key.ts";
import type { PairSink } from "./form-pairs.ts";

/** Makes the row of one entry. */
export type RowMaker<Row> = (
  entry: number,
  subject: string,
  repository: string | undefined,
  authRequired: string | undefined,
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
  #authRequired: string | undefined;
  #hasAuthRequired = false;
  #others: string[] = [];

  constructor(row: RowMaker<Row>) {
    this.#row = row;
  }

  pair(key: Key, value: string | undefined): void {
    if (key.meaning === "field") {
      this.#field(key, value);
      return;
    }
    this.close();
    if (key.meaning === "entry") this.rows.push(this.#row(++this.#entry, key.subject, undefined, undefined));
    if (key.meaning === "subject") this.rows.push(this.#row(0, key.subject, undefined, undefined));
  }

  /** Completes the open entry. */
  close(): void {
    if (!this.#open) return;
    this.rows.push(this.#row(this.#entry, this.#subject, this.#repository, this.#authRequired));
    this.#open = false;
  }

  #field(key: Key, value: string | undefined): void {
    if (!this.#open || this.#subject !== key.subject || this.#has(key.field)) this.#begin(key.subject);
    if (key.field === "repository") {
      this.#repository = value;
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
    this.#hasRepository = false;
    this.#authRequired = undefined;
    this.#hasAuthRequired = false;
    if (this.#others.length > 0) this.#others = [];
  }
}
