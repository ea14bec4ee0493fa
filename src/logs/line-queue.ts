/** Lines on their way out: as many wait as fit, the rest is counted, and nobody waits until they are written. */

/** Where lines go, and how many may wait. */
export interface LineQueueOptions {
  /** Writes what it can of whole lines and gives the number of bytes. @throws Error where nothing can be written now */
  readonly write: (bytes: Buffer) => Promise<number>;
  /** Bytes that are written together; as soon as so many wait, they are. A longer line is written alone. */
  readonly together: number;
  /** Bytes that wait, at the most. */
  readonly buffer: number;
  /** Milliseconds that fewer lines wait for more, and from an attempt that failed to the next. */
  readonly pause: number;
  readonly retry: number;
  /** The line that says how many did not fit. */
  readonly droppedLine: (count: number) => string;
  /** Told once when lines can't be written, and once when they can again. */
  readonly onFailure?: (error: unknown) => void;
  readonly onRecovery?: () => void;
}

interface Line {
  readonly text: string;
  readonly bytes: number;
}

const lineOf = (text: string): Line => ({ text, bytes: Buffer.byteLength(text) });

/** Lines on their way to a file, within so many bytes. */
export class LineQueue {
  readonly #options: LineQueueOptions;
  #lines: Line[] = [];
  #bytes = 0;
  /** Lines that did not fit since the last one that did. */
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;
  /** The last write ended within a line. */
  #torn = false;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** Takes a line, which ends in a newline and holds no other. */
  push(text: string): void {
    const line = lineOf(text);
    if (!this.#fits(line.bytes) || !this.#fitsAfterTelling(line)) {
      this.#dropped += 1;
      return;
    }
    this.#add(line);
    if (this.#failed || this.#bytes < this.#options.together) this.#schedule();
    else this.#start();
  }

  /** Writes what waits, if that can be written. */
  async close(): Promise<void> {
    await this.#writing;
    this.#start();
    await this.#writing;
  }

  /**
   * Writes what waits before the process ends, in which nothing else can happen any more.
   * @param write as the option, but at once
   * @param timeoutMs milliseconds for which a write that fails is tried again
   */
  closeSync(write: (bytes: Buffer) => number, timeoutMs: number): void {
    const end = performance.now() + timeoutMs;
    while (this.#more()) {
      const batch = this.#take();
      try {
        this.#giveBack(batch, write(this.#bytesOf(batch)));
      } catch {
        this.#giveBack(batch, 0);
        if (performance.now() > end) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.#options.retry);
      }
    }
  }

  #add(line: Line): void {
    this.#lines.push(line);
    this.#bytes += line.bytes;
  }

  #fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.#options.buffer;
  }

  /** What was dropped is told before the next line, if there is room for both. */
  #fitsAfterTelling(line: Line): boolean {
    if (this.#dropped === 0) return true;
    const told = lineOf(this.#options.droppedLine(this.#dropped));
    if (!this.#fits(told.bytes + line.bytes)) return false;
    this.#tell(told);
    return true;
  }

  #tell(told: Line): void {
    this.#dropped = 0;
    this.#add(told);
  }

  #schedule(): void {
    const wait = this.#failed ? this.#options.retry : this.#options.pause;
    this.#timer ??= setTimeout(() => this.#start(), wait).unref();
  }

  #start(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.#lines.length > 0) this.#schedule();
    });
  }

  async #writeAll(): Promise<void> {
    const { write, onFailure, onRecovery } = this.#options;
    try {
      while (this.#more()) await this.#writeSome(write);
      if (this.#failed) onRecovery?.();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) onFailure?.(error);
      this.#failed = true;
    }
  }

  async #writeSome(write: LineQueueOptions["write"]): Promise<void> {
    const batch = this.#take();
    const bytes = this.#bytesOf(batch);
    let written = 0;
    try {
      written = await write(bytes);
    } finally {
      this.#giveBack(batch, written);
    }
    if (written < bytes.length) throw new Error(`${written} of ${bytes.length} bytes written`);
  }

  /** Whether there is anything to write. What was dropped at the very end has no line that follows it. */
  #more(): boolean {
    if (this.#lines.length === 0 && this.#dropped > 0)
      this.#tell(lineOf(this.#options.droppedLine(this.#dropped)));
    return this.#lines.length > 0;
  }

  #take(): Line[] {
    let count = 0;
    for (let bytes = 0; count < this.#lines.length; count += 1) {
      bytes += this.#lines[count]?.bytes ?? 0;
      if (count > 0 && bytes > this.#options.together) break;
    }
    return this.#lines.splice(0, count);
  }

  #bytesOf(batch: readonly Line[]): Buffer {
    // What was written of a torn line stays, and its line is written again.
    return Buffer.from((this.#torn ? "\n" : "") + batch.map(({ text }) => text).join(""));
  }

  #giveBack(batch: readonly Line[], written: number): void {
    if (written === 0) {
      this.#lines.unshift(...batch);
      return;
    }
    let left = written - (this.#torn ? 1 : 0);
    let count = 0;
    for (const { bytes } of batch) {
      if (bytes > left) break;
      left -= bytes;
      this.#bytes -= bytes;
      count += 1;
    }
    this.#torn = left > 0;
    if (count < batch.length) this.#lines.unshift(...batch.slice(count));
  }
}
