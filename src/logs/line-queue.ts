/** Bounded queue of log lines, written asynchronously; lines that do not fit are dropped and counted. */

/** Settings of a queue. */
export interface LineQueueOptions {
  /**
   * Writes lines and returns the number of bytes written.
   * @throws Error if nothing can be written now
   */
  readonly write: (bytes: Buffer) => Promise<number>;
  /** Size of a batch, which is written as soon as it is full. A longer line is written alone. */
  readonly batchBytes: number;
  /** Maximum bytes in the queue. */
  readonly bufferBytes: number;
  /** Milliseconds until an incomplete batch is written, and between a failed write and the next attempt. */
  readonly delayMs: number;
  readonly retryDelayMs: number;
  /** Line that tells how many were dropped. */
  readonly droppedLine: (count: number) => string;
  /** Called at the first failed write, and at the first successful one after it. */
  readonly onFailure?: (error: unknown) => void;
  readonly onRecovery?: () => void;
}

interface Line {
  readonly text: string;
  readonly bytes: number;
}

const lineOf = (text: string): Line => ({ text, bytes: Buffer.byteLength(text) });

/** Queue of lines that are being written to a file. */
export class LineQueue {
  readonly #options: LineQueueOptions;
  #lines: Line[] = [];
  #bytes = 0;
  /** Lines dropped since the last one that fit. */
  #dropped = 0;
  #droppedInTotal = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;
  /** True if the last write ended within a line. */
  #isLineTorn = false;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** True from a failed write to the next successful one. */
  get isFailing(): boolean {
    return this.#failed;
  }

  /** Number of lines that were dropped since the queue was created. */
  get droppedLines(): number {
    return this.#droppedInTotal;
  }

  /** Adds a line, which ends in a newline and contains no other. */
  push(text: string): void {
    const line = lineOf(text);
    if (!this.#fits(line.bytes) || !this.#fitsWithNotice(line)) {
      this.#dropped += 1;
      this.#droppedInTotal += 1;
      return;
    }
    this.#add(line);
    if (this.#failed || this.#bytes < this.#options.batchBytes) this.#schedule();
    else this.#flush();
  }

  /** Writes the waiting lines, if possible. */
  async close(): Promise<void> {
    await this.#writing;
    do {
      this.#flush();
      await this.#writing;
    } while (!this.#failed && this.#hasLines());
  }

  /**
   * Writes the waiting lines synchronously, when the process exits.
   * @param write synchronous version of the option
   * @param timeoutMs time for which failed writes are retried
   */
  closeSync(write: (bytes: Buffer) => number, timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    while (this.#hasLines()) {
      const batch = this.#takeBatch();
      try {
        this.#requeue(batch, write(this.#bytesOf(batch)));
      } catch {
        this.#requeue(batch, 0);
        if (performance.now() > deadline) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.#options.retryDelayMs);
      }
    }
  }

  #add(line: Line): void {
    this.#lines.push(line);
    this.#bytes += line.bytes;
  }

  #fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.#options.bufferBytes;
  }

  /** Adds the notice about dropped lines before the next line, if both fit. */
  #fitsWithNotice(line: Line): boolean {
    if (this.#dropped === 0) return true;
    const notice = lineOf(this.#options.droppedLine(this.#dropped));
    if (!this.#fits(notice.bytes + line.bytes)) return false;
    this.#addNotice(notice);
    return true;
  }

  #addNotice(notice: Line): void {
    this.#dropped = 0;
    this.#add(notice);
  }

  #schedule(): void {
    const delayMs = this.#failed ? this.#options.retryDelayMs : this.#options.delayMs;
    this.#timer ??= setTimeout(() => this.#flush(), delayMs).unref();
  }

  #flush(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.#lines.length > 0 || this.#dropped > 0) this.#schedule();
    });
  }

  async #writeAll(): Promise<void> {
    const { write, onFailure, onRecovery } = this.#options;
    try {
      // Lines that came during a write wait for others: each write costs as much as several lines.
      do {
        if (this.#hasLines()) await this.#writeSome(write);
      } while (this.#bytes >= this.#options.batchBytes);
      if (this.#failed) onRecovery?.();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) onFailure?.(error);
      this.#failed = true;
    }
  }

  async #writeSome(write: LineQueueOptions["write"]): Promise<void> {
    const batch = this.#takeBatch();
    const bytes = this.#bytesOf(batch);
    let written = 0;
    try {
      written = await write(bytes);
    } finally {
      this.#requeue(batch, written);
    }
    if (written < bytes.length) throw new Error(`${written} of ${bytes.length} bytes written`);
  }

  /** True if there are lines to write, including a notice about lines that were dropped last. */
  #hasLines(): boolean {
    if (this.#lines.length === 0 && this.#dropped > 0)
      this.#addNotice(lineOf(this.#options.droppedLine(this.#dropped)));
    return this.#lines.length > 0;
  }

  #takeBatch(): Line[] {
    let count = 0;
    for (let bytes = 0; count < this.#lines.length; count += 1) {
      bytes += this.#lines[count]?.bytes ?? 0;
      if (count > 0 && bytes > this.#options.batchBytes) break;
    }
    return this.#lines.splice(0, count);
  }

  #bytesOf(batch: readonly Line[]): Buffer {
    // A torn line is ended by a newline and written again in full.
    return Buffer.from((this.#isLineTorn ? "\n" : "") + batch.map(({ text }) => text).join(""));
  }

  #requeue(batch: readonly Line[], written: number): void {
    if (written === 0) {
      this.#lines.unshift(...batch);
      return;
    }
    let left = written - (this.#isLineTorn ? 1 : 0);
    let count = 0;
    for (const { bytes } of batch) {
      if (bytes > left) break;
      left -= bytes;
      this.#bytes -= bytes;
      count += 1;
    }
    this.#isLineTorn = left > 0;
    if (count < batch.length) this.#lines.unshift(...batch.slice(count));
  }
}
