/** Rows of a list of hosts. */
import type { Key } from "./form-key.ts";
import type { PairSink } from "./form-pairs.ts";
import type { HostRow } from "./rows.ts";

/** Makes a row of each pair that has a uuid. */
export class HostRows implements PairSink {
  /** Complete rows; the consumer empties the list. */
  rows: HostRow[] = [];
  #entry = 0;

  pair(key: Key, uuid: string | undefined): void {
    if (key.meaning === "nothing") return;
    this.#entry++;
    if (uuid !== undefined && uuid !== "") this.rows.push({ entry: this.#entry, uuid });
  }

  /** Does nothing, because no row spans several pairs. */
  close(): void {}
}
