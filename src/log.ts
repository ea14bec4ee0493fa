/** The log: lines of JSON on standard output, written together and in the background, and no more of them waiting than fit. */
import { type Logger, pino } from "pino";

/** How it is written. */
export interface LogOptions {
  readonly level: string;
  /** The file descriptor; standard output when absent. */
  readonly fd?: number;
  /** Bytes of lines that wait for whoever reads them, at the most; more are dropped. */
  readonly buffer?: number;
}

const BUFFER = 4 * 1024 * 1024;
/** Lines are written together; none waits longer than this, in milliseconds. */
const DELAY = 200;

/**
 * Opens it. A reader that takes nothing holds up no request and costs no more than `buffer`: lines that do not fit are
 * counted, and the next one that does says how many there were.
 */
export function openLog({ level, fd = 1, buffer = BUFFER }: LogOptions): Logger {
  const destination = pino.destination({ dest: fd, sync: false, minLength: 8_192, maxLength: buffer });
  const log = pino({ level }, destination);
  let dropped = 0;
  destination.on("drop", () => {
    dropped += 1;
  });
  function tellDropped(): void {
    if (dropped === 0) return;
    const told = dropped;
    dropped = 0;
    log.error({ dropped: told }, "lines of the log had to be dropped: nobody took them");
    // That was the next one without room.
    if (dropped > 0) dropped = told;
  }
  setInterval(() => {
    tellDropped();
    destination.flush();
  }, DELAY).unref();
  process.on("exit", () => {
    tellDropped();
    destination.flushSync();
  });
  return log;
}
