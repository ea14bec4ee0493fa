/** Rows of docs/reliability.md: faults and clients' replies. The reporter of the suite writes the page. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "../support/gateway.ts";

/** A row. */
export interface Row {
  readonly part:
    | "PostgreSQL"
    | "Pulp"
    | "Katello"
    | "The gateway"
    | "Bad peers"
    | "Abusive callers"
    | "Long use";
  readonly fault: string;
  /** Parts that kept working. */
  readonly up: string;
  /** Replies that clients got. */
  readonly saw: string;
  /** Seconds from the end of the fault until everything was as before, if anything had to recover. */
  readonly seconds?: number;
}

/** Adds a row at the end of a successful test. */
export function addRow(row: Row): void {
  appendFileSync(join(testFolder(), "faults.jsonl"), `${JSON.stringify(row)}\n`);
}
