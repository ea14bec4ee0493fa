/** Makes rows of the pairs of a list of hosts. */
import type { Key } from "./form-key.ts";
import type { PairSink } from "./form-pairs.ts";
import type { HostRow } from "./rows.ts";

/** A host is one pair, so every pair is a row, unless it has no uuid. */
export class HostRows implements PairSink {
  /** Rows that are complete; whoever takes them empties the list. */
  rows: HostRow[] = [];
  #entry = 0;

  pair(key: Key, uuid: string | undefined): void {
    if (key.meaning === "nothing") return;
    this.#entry++;
    if (uuid !== undefined && uuid !== "") this.rows.push({ entry: this.#entry, uuid });
  }

  /** Nothing is ever left open. */
  close(): void {}
}
