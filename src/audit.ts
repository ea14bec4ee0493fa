/**
 * The audit log: one JSON line for each decision, in the ordinary log or in a file of its own. It never holds up a
 * request: lines wait in a bounded buffer, and what does not fit is counted.
 */
import { open } from "node:fs/promises";
import type { Logger } from "pino";
import type { Audit, Decision } from "./decisions.ts";

/** Where it is written. */
export interface AuditOptions {
  /** `log` for the ordinary log, `off`, or the path of a file. */
  readonly target: string;
  readonly log: Logger;
  /** Bytes of lines that wait to be written, at the most. */
  readonly buffer?: number;
  /** Milliseconds between two attempts to write. */
  readonly pause?: number;
}

/** An audit log in use. */
export interface AuditLog {
  readonly audit: Audit;
  /** Writes what waits, if that can be written. */
  close(): Promise<void>;
}

const BUFFER = 4 * 1024 * 1024;
/** Lines are written together: an unhurried write every so often, in milliseconds, however many decisions there are. */
const PAUSE = 200;
/** Names come from callers, and a line is to stay short. */
const LONGEST_NAME = 256;

const NEWLINE = 10;

const lineOf = (fields: object): string =>
  `${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`;

function fieldsOf({ event, requestId, name, ...rest }: Decision): object {
  return { event, ...rest, name: name?.slice(0, LONGEST_NAME), request_id: requestId };
}

/**
 * A file that is opened for each write: whoever moved it away finds a new one in its place, and no signal is needed.
 * Each write is whole lines at the file's end (O_APPEND), so that any number of processes may write to it.
 */
class AuditFile implements AuditLog {
  readonly #options: Required<AuditOptions>;
  #lines: string[] = [];
  #bytes = 0;
  /** Lines that did not fit since the last one that was written. */
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;
  /** The last write ended within a line. */
  #torn = false;

  constructor(options: Required<AuditOptions>) {
    this.#options = options;
  }

  readonly audit = (decision: Decision): void => {
    const line = lineOf(fieldsOf(decision));
    if (this.#bytes + line.length > this.#options.buffer) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#schedule();
  };

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#lines.length > 0) await this.#write();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write();
    }, this.#options.pause).unref();
  }

  async #write(): Promise<void> {
    const lines = [...this.#lines];
    const dropped = this.#dropped;
    if (dropped > 0) lines.push(lineOf({ event: "dropped", dropped }));
    try {
      await this.#append(lines);
      this.#dropped -= dropped;
      if (this.#failed) this.#options.log.info({ dropped }, "the audit log is written again");
      this.#failed = false;
    } catch (err) {
      if (!this.#failed) {
        const told = { err, path: this.#options.target };
        this.#options.log.error(
          told,
          "the audit log can't be written: lines wait, some may have to be dropped",
        );
      }
      this.#failed = true;
    }
    this.#timer = undefined;
    if (this.#lines.length > 0 || this.#dropped > 0) this.#schedule();
  }

  /** Writes all lines, or those that a full disk takes; these wait no longer. */
  async #append(lines: readonly string[]): Promise<void> {
    const file = await open(this.#options.target, "a", 0o640);
    try {
      // What was written of a torn line stays, and its line is written again.
      const bytes = Buffer.from((this.#torn ? "\n" : "") + lines.join(""));
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten > 0) {
        const written = bytes.subarray(this.#torn ? 1 : 0, bytesWritten);
        this.#forget(written.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0));
        this.#torn = bytes[bytesWritten - 1] !== NEWLINE;
      }
      if (bytesWritten < bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes written`);
    } finally {
      await file.close();
    }
  }

  #forget(count: number): void {
    for (const { length } of this.#lines.splice(0, count)) this.#bytes -= length;
  }
}

/** Lines among those of the ordinary log, marked `"audit":true`, whatever its level. */
function inLog(log: Logger): AuditLog {
  const level = log.level === "silent" || log.isLevelEnabled("info") ? log.level : "info";
  const lines = log.child({ audit: true }, { level });
  return {
    audit: (decision) => lines.info(fieldsOf(decision), `${decision.event} ${decision.decision}`),
    close: async () => undefined,
  };
}

/** Opens the audit log. A file that can't be written is told in the log, and tried again. */
export function openAuditLog({ target, log, buffer = BUFFER, pause = PAUSE }: AuditOptions): AuditLog {
  if (target === "off") return { audit: () => undefined, close: async () => undefined };
  return target === "log" ? inLog(log) : new AuditFile({ target, log, buffer, pause });
}
