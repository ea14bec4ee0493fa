/**
 * The audit log: one JSON line for each decision, in the ordinary log or in a file of its own. It never holds up a
 * request: lines wait in a bounded buffer, and what does not fit is counted.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Logger } from "pino";
import type { Audit, Decision } from "../model/audit-events.ts";
import { LineQueue } from "./line-queue.ts";
import { printable } from "./printable.ts";

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

const BUFFER_BYTES = 4 * 1024 * 1024;
/** Lines are written together: an unhurried write every so often, in milliseconds, however many decisions there are. */
const RETRY_DELAY_MS = 200;
/** Names come from callers, and a line is to stay short. */
const MAX_NAME_CHARS = 256;

const lineOf = (fields: object): string =>
  printable(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`);

function fieldsOf({ event, requestId, name, ...rest }: Decision): object {
  return { event, ...rest, name: name?.slice(0, MAX_NAME_CHARS), request_id: requestId };
}

/** Without waiting for a reader, should it be a pipe. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

async function append(path: string, bytes: Buffer): Promise<number> {
  const file = await open(path, APPEND, 0o640);
  try {
    return (await file.write(bytes)).bytesWritten;
  } finally {
    await file.close();
  }
}

/**
 * A file that is opened for each write: whoever moved it away finds a new one in its place, and no signal is needed.
 * Each write is whole lines at the file's end (O_APPEND), so that any number of processes may write to it.
 */
function inFile({ target, log, buffer, pause }: Required<AuditOptions>): AuditLog {
  const queue = new LineQueue({
    write: (bytes) => append(target, bytes),
    together: buffer,
    buffer,
    pause,
    retry: pause,
    droppedLine: (dropped) => lineOf({ event: "dropped", dropped }),
    onFailure: (err) =>
      log.error(
        { err, path: target },
        "the audit log can't be written: lines wait, some may have to be dropped",
      ),
    onRecovery: () => log.info("the audit log is written again"),
  });
  return { audit: (decision) => queue.push(lineOf(fieldsOf(decision))), close: () => queue.close() };
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
export function openAuditLog({
  target,
  log,
  buffer = BUFFER_BYTES,
  pause = RETRY_DELAY_MS,
}: AuditOptions): AuditLog {
  if (target === "off") return { audit: () => undefined, close: async () => undefined };
  return target === "log" ? inLog(log) : inFile({ target, log, buffer, pause });
}
