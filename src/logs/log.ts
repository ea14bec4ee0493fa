/** The log: lines of JSON on standard output, written together and in the background, and no more of them waiting than fit. */
import { constants, fstatSync, openSync, type Stats, write, writeSync } from "node:fs";
import { Socket } from "node:net";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { type Logger, pino } from "pino";
import type { Report } from "../resilience/circuit-breaker.ts";
import { LineQueue } from "./line-queue.ts";
import { printable } from "./printable.ts";

/** How it is written. */
export interface LogOptions {
  readonly level: string;
  /** The file descriptor; standard output when absent. */
  readonly fd?: number;
  /** Bytes of lines that wait for whoever reads them, at the most; more are dropped. */
  readonly buffer?: number;
}

const BUFFER_BYTES = 4 * 1024 * 1024;
/** Bytes that a pipe takes whole or not at all, so that workers that share it tear no line (pipe(7), PIPE_BUF). */
const PIPE_WRITE_BYTES = 4_096;
const FILE_WRITE_BYTES = 65_536;
/** Lines are written together; none waits longer than this, in milliseconds. */
const FLUSH_DELAY_MS = 200;
/** Milliseconds after which a reader that takes nothing is tried again. */
const RETRY_DELAY_MS = 10;
/** Milliseconds that the end of the process waits for such a reader. */
const WRITE_TIMEOUT_MS = 1_000;

const writeInBackground = promisify(write);

/**
 * A descriptor of the same place that keeps no writer waiting for a reader: a thread that waits can't be called off, not
 * even by the end of the process.
 */
function withoutWaiting(fd: number, place: Stats): number {
  try {
    // One of our own: others who share the one that was given keep theirs as it is.
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // A socket, or a pipe of another account's. Node.js makes it so for all that share it.
    if (place.isFIFO() || place.isSocket()) new Socket({ fd, readable: false });
    return fd;
  }
}

const droppedLine = (dropped: number): string =>
  `${JSON.stringify({
    level: pino.levels.values.error,
    time: Date.now(),
    pid: process.pid,
    hostname: hostname(),
    dropped,
    msg: "lines of the log had to be dropped: nobody took them",
  })}\n`;

/**
 * Opens it. A reader that takes nothing, has gone or has no room on its disk holds up no request and costs no more than
 * `buffer`: lines that do not fit are counted, and the next one that does says how many there were.
 */
export function openLog({ level, fd = 1, buffer = BUFFER_BYTES }: LogOptions): Logger {
  const place = fstatSync(fd);
  const isFile = place.isFile();
  const target = isFile ? fd : withoutWaiting(fd, place);
  const queue = new LineQueue({
    // A disk takes its time; everything else takes at once what it has room for.
    write: async (bytes) =>
      isFile ? (await writeInBackground(target, bytes)).bytesWritten : writeSync(target, bytes),
    together: isFile ? FILE_WRITE_BYTES : PIPE_WRITE_BYTES,
    buffer,
    pause: FLUSH_DELAY_MS,
    retry: RETRY_DELAY_MS,
    droppedLine,
  });
  const log = pino({ level }, { write: (line: string) => queue.push(printable(line)) });
  process.on("exit", () => queue.closeSync((bytes) => writeSync(target, bytes), WRITE_TIMEOUT_MS));
  return log;
}

/** Tells the log what an operator should know of connections; bad news as a warning. */
export function reportTo(log: Logger): Report {
  return (text, error) => (error === undefined ? log.info(text) : log.warn({ err: error }, text));
}
