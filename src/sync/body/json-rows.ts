/** Makes rows of the JSON of a push. */
import { FormError } from "./body-errors.ts";
import type { JsonSink, Scalar } from "./json-tokens.ts";

/** The members of an entry that count, as far as it has them. */
export interface JsonFields {
  repository?: string;
  auth_required?: string | boolean;
  uuid?: string;
}

/** How one push nests its JSON. */
export interface JsonShape<Row> {
  /** The one member of the whole. */
  readonly collection: string;
  /** Whether entries stand in lists below the names of subjects, and not in the collection itself. */
  readonly subjects: boolean;
  readonly fields: readonly (keyof JsonFields)[];
  /** Whether an entry may have no other members. */
  readonly alone: boolean;
  /** Makes the row of an entry; its number is 0 for a subject without any. */
  row(entry: number, subject: string, fields: JsonFields): Row | undefined;
}

/** Where in the shape the reader is. */
type Where = "outside" | "whole" | "collection" | "subjects" | "entries" | "entry" | "other" | "behind";

/** Takes what is read, and has the rows that are complete: whoever takes them empties the list. */
export class JsonRows<Row> implements JsonSink {
  rows: Row[] = [];
  readonly #shape: JsonShape<Row>;
  #where: Where = "outside";
  /** How deep the reader is in a member that is let through. */
  #depth = 0;
  #name = "";
  #seen = false;
  #entry = 0;
  /** Entries of the subject so far. */
  #entries = 0;
  #subject = "";
  #fields: JsonFields = {};

  constructor(shape: JsonShape<Row>) {
    this.#shape = shape;
  }

  /** @throws FormError if the collection did not come */
  end(place: number): void {
    if (!this.#seen) throw new FormError(`the key \`${this.#shape.collection}\` is missing`, place);
  }

  name(text: string, place: number): void {
    const { collection, fields, alone } = this.#shape;
    this.#name = text;
    if (this.#where === "whole") {
      if (text !== collection || this.#seen)
        throw new FormError(`unexpected key, expected \`${collection}\` alone`, place);
      this.#seen = true;
    } else if (this.#where === "subjects") {
      if (text === "") throw new FormError(`a name in \`${collection}\` is empty`, place);
      this.#subject = text;
    } else if (this.#where === "entry" && alone && !this.#counts()) {
      throw new FormError(`entry ${this.#entry} may have ${fields.join(", ")} and nothing else`, place);
    }
  }

  open(kind: "object" | "list", place: number): void {
    const { subjects } = this.#shape;
    if (this.#where === "other" || (this.#where === "entry" && !this.#counts())) {
      this.#where = "other";
      this.#depth += 1;
      return;
    }
    const wanted = this.#where === "whole" || this.#where === "subjects" ? "list" : "object";
    if (kind !== wanted || this.#where === "entry") throw this.#misfit(place);
    switch (this.#where) {
      case "outside":
        this.#where = "whole";
        break;
      case "whole":
        this.#where = "collection";
        break;
      case "collection":
        if (subjects) this.#where = "subjects";
        else this.#begin();
        break;
      case "subjects":
        this.#where = "entries";
        this.#entries = 0;
        this.#fields = {};
        break;
      case "entries":
        this.#begin();
        break;
    }
  }

  close(): void {
    switch (this.#where) {
      case "other":
        this.#depth -= 1;
        if (this.#depth === 0) this.#where = "entry";
        break;
      case "entry":
        this.#add(this.#entry);
        this.#where = this.#shape.subjects ? "entries" : "collection";
        break;
      case "entries":
        if (this.#entries === 0) this.#add(0);
        this.#where = "subjects";
        break;
      case "subjects":
        this.#where = "collection";
        break;
      case "collection":
        this.#where = "whole";
        break;
      default:
        this.#where = "behind";
    }
  }

  scalar(value: Scalar, place: number): void {
    if (this.#where === "other") return;
    if (this.#where !== "entry") throw this.#misfit(place);
    if (value === null || !this.#counts()) return;
    if (this.#name === "auth_required" && typeof value !== "number") this.#fields.auth_required = value;
    else if (typeof value !== "string") throw this.#misfit(place);
    else if (this.#name === "repository") this.#fields.repository = value;
    else this.#fields.uuid = value;
  }

  #counts(): boolean {
    return this.#shape.fields.some((field) => field === this.#name);
  }

  #begin(): void {
    this.#where = "entry";
    this.#entry += 1;
    this.#entries += 1;
    this.#fields = {};
  }

  #add(entry: number): void {
    const row = this.#shape.row(entry, this.#subject, this.#fields);
    if (row !== undefined) this.rows.push(row);
  }

  #misfit(place: number): FormError {
    const { collection } = this.#shape;
    switch (this.#where) {
      case "whole":
        return new FormError(`\`${collection}\` is not a list`, place);
      case "subjects":
        return new FormError(`what stands for a name in \`${collection}\` is not a list`, place);
      case "collection":
        return new FormError(`an element of \`${collection}\` is not an object`, place);
      case "entries":
        return new FormError(`entry ${this.#entry + 1} is not an object`, place);
      case "entry":
        return new FormError(`${this.#name} of entry ${this.#entry} is of the wrong kind`, place);
      default:
        return new FormError("expected a JSON object", place);
    }
  }
}
