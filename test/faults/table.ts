/** The rows of docs/reliability.md: what was broken, and what came of it. The reporter of the suite writes the page. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "../support/gateway.ts";

/** One row. */
export interface Row {
  readonly part: "PostgreSQL" | "Pulp" | "Katello" | "The gateway" | "Bad peers";
  readonly fault: string;
  /** What stayed up. */
  readonly up: string;
  /** What clients saw. */
  readonly saw: string;
  /** Seconds from the end of the fault until all was as before; absent where that means nothing. */
  readonly seconds?: number;
}

/** Adds a row, once its test has passed everything that it asserts. */
export function addRow(row: Row): void {
  appendFileSync(join(testFolder(), "faults.jsonl"), `${JSON.stringify(row)}\n`);
}
