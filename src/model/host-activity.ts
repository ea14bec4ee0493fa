/** When hosts were last seen, for operators. */

/** Times of one host, in seconds before now. */
export interface HostActivityEntry {
  readonly uuid: string;
  /** Since it last showed its certificate. */
  readonly seenAgoS: number;
  /** Since it last requested a manifest or a blob that it may pull; undefined if it did not. */
  readonly pulledAgoS: number | undefined;
}

/** Stores the times of hosts. */
export interface HostActivityWriter {
  /** Keeps the later one of a stored time and a new one. */
  recordActivity(entries: readonly HostActivityEntry[]): Promise<void>;
  /** Deletes the times of hosts that are no longer stored. */
  pruneActivity(): Promise<void>;
}
