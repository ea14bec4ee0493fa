/** A worker process as its primary sees it until it serves, and the messages between the two. */
import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";

/** Message of a worker that has started up. */
export const READY = "ready";
/** Message to a worker that has been exchanged. */
export const RETIRE = "retire";

/** Message of a worker that can't start up: the reason. */
export interface Failure {
  readonly failed: string;
}

const isFailure = (message: unknown): message is Failure =>
  typeof message === "object" && message !== null && "failed" in message;

/** Settings and dependencies of {@link forkWorker}. */
export interface ForkOptions {
  /** Variables in addition to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Number of listeners of the worker. */
  readonly listeners: number;
  /** Called when it has bound all of them. */
  readonly onListening: () => void;
  readonly log: Logger;
}

/** A new worker process. */
export interface ForkedWorker {
  readonly worker: Worker;
  /** Resolves when it has started up; rejects with a StartupError if it fails, or ends before. */
  readonly ready: Promise<void>;
}

/** Starts a worker process. */
export function forkWorker({ environment, listeners, onListening, log }: ForkOptions): ForkedWorker {
  const worker = cluster.fork(environment);
  let bound = 0;
  worker.on("listening", () => {
    bound += 1;
    if (bound === listeners) onListening();
  });
  const ready = new Promise<void>((resolve, reject) => {
    worker.on("message", (message: unknown) => {
      if (message === READY) resolve();
      if (isFailure(message)) reject(new StartupError(message.failed));
    });
    worker.once("exit", (code) => {
      const wasStarted = worker.process.pid !== undefined;
      const how = wasStarted ? ` (exit code ${code})` : "";
      const fail = () => reject(new StartupError(`a worker failed to start${how}: see its error above`));
      // Its last message may not have been received yet.
      if (wasStarted && worker.isConnected()) worker.once("disconnect", fail);
      else fail();
    });
  });
  // Node.js ends a process that does not listen for this event. It comes for each message that a worker that has just ended no
  // longer takes, also for those that Node.js sends itself.
  worker.on("error", (error: Error) => {
    const { pid } = worker.process;
    log.warn({ worker: pid, reason: errorText(error) }, "a worker can't be started, or took no message");
    // One that could not be started has no further event.
    if (pid === undefined) worker.emit("exit", null, null);
  });
  return { worker, ready };
}
