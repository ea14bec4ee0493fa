/** Flow of content through this process, in bytes. */
import type { BeginBulkWork } from "../../model/bulk-work.ts";

/** Bytes of a stream that do not count: they fill the buffers towards its client, also if that does not read. */
const BUFFERED_BYTES = 4 * 1024 ** 2;
/** Interval in which the flow is measured. */
const INTERVAL_MS = 250;
/** Bytes within an interval that are bulk work. */
const MIN_BULK_BYTES = 4 * 1024 ** 2;

/**
 * Begins bulk work when much content flows to clients that read it, and ends it after an interval with less. Streams of a few MiB do not
 * count, nor do short ranges.
 */
export class ContentFlow {
  readonly #beginBulkWork: BeginBulkWork;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #end: (() => void) | undefined;

  constructor(beginBulkWork: BeginBulkWork) {
    this.#beginBulkWork = beginBulkWork;
  }

  /** Counts bytes of a stream. @param streamed bytes of the stream up to now, with them */
  count(bytes: number, streamed: number): void {
    if (streamed <= BUFFERED_BYTES) return;
    this.#bytes += bytes;
    this.#timer ??= setInterval(() => this.#measure(), INTERVAL_MS).unref();
    if (this.#bytes >= MIN_BULK_BYTES) this.#end ??= this.#beginBulkWork();
  }

  #measure(): void {
    if (this.#bytes < MIN_BULK_BYTES) {
      this.#end?.();
      this.#end = undefined;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.#bytes = 0;
  }
}
