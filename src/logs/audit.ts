/**
 * Audit log: one JSON line for each decision, in the ordinary log or in a separate file. It never delays a request: lines
 * wait in a bounded buffer, and those that do not fit are dropped and counted.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Logger } from "pino";
import type { Audit, Decision } from "../model/audit-events.ts";
import { LineQueue } from "./line-queue.ts";
import { printable } from "./printable.ts";

/** Settings of the audit log. */
export interface AuditOptions {
  /** `log` for the ordinary log, `off`, or the path of a file. */
  readonly target: string;
  readonly log: Logger;
  /** Maximum bytes of lines that wait to be written. */
  readonly bufferBytes?: number;
  /** Milliseconds between two writes. */
  readonly delayMs?: number;
}

/** Health of the audit log. Only one in a file of its own can be failing. */
export interface AuditLogHealth {
  /** True while its file can't be written. */
  readonly isFailing: boolean;
  /** Number of lines that were dropped since the startup of the process. */
  readonly droppedLines: number;
}

/** Open audit log. */
export interface AuditLog {
  readonly audit: Audit;
  readonly health: AuditLogHealth;
  /** Writes the waiting lines, if possible. */
  close(): Promise<void>;
}

const HEALTHY: AuditLogHealth = { isFailing: false, droppedLines: 0 };
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Interval between two writes, each of all waiting lines. */
const WRITE_DELAY_MS = 200;
/** Maximum length of names, which clients choose. */
const MAX_NAME_CHARS = 256;

const lineOf = (fields: object): string =>
  printable(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`);

/** A literal with all fields is written several times faster than one that is spread. */
function fieldsOf(decision: Decision): object {
  return {
    event: decision.event,
    caller: decision.caller,
    address: decision.address,
    operation: decision.operation,
    repository: decision.repository,
    reference: decision.reference,
    subject: decision.subject,
    decision: decision.decision,
    why: decision.why,
    name: decision.name?.slice(0, MAX_NAME_CHARS),
    request_id: decision.requestId,
  };
}

/** Opens a pipe without waiting for a reader. */
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
 * Writes to a file, opened for each write, so that log rotation needs no signal. Each write appends whole lines (O_APPEND),
 * so that several processes can write to the same file.
 */
function inFile({ target, log, bufferBytes, delayMs }: Required<AuditOptions>): AuditLog {
  const queue = new LineQueue({
    write: (bytes) => append(target, bytes),
    batchBytes: bufferBytes,
    bufferBytes,
    delayMs,
    retryDelayMs: delayMs,
    droppedLine: (dropped) => lineOf({ event: "dropped", dropped }),
    onFailure: (err) =>
      log.error(
        { err, path: target },
        "audit log can't be written: lines are buffered, and dropped when the buffer is full",
      ),
    onRecovery: () => log.info("audit log can be written again"),
  });
  return {
    audit: (decision) => queue.push(lineOf(fieldsOf(decision))),
    health: queue,
    close: () => queue.close(),
  };
}

/** Writes to the ordinary log, in lines with `"audit":true`, regardless of `log_level`. */
function inLog(log: Logger): AuditLog {
  const level = log.level === "silent" || log.isLevelEnabled("info") ? log.level : "info";
  const lines = log.child({ audit: true }, { level });
  return {
    audit: (decision) => lines.info(fieldsOf(decision), `${decision.event} ${decision.decision}`),
    health: HEALTHY,
    close: async () => undefined,
  };
}

/** Opens the audit log. Failures to write are logged and retried. */
export function openAuditLog({
  target,
  log,
  bufferBytes = BUFFER_BYTES,
  delayMs = WRITE_DELAY_MS,
}: AuditOptions): AuditLog {
  if (target === "off") return { audit: () => undefined, health: HEALTHY, close: async () => undefined };
  return target === "log" ? inLog(log) : inFile({ target, log, bufferBytes, delayMs });
}
