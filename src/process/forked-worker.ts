/** A worker process as its primary sees it until it serves, and the messages between the two. */
import cluster, { type Worker } from "node:cluster";
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

/** A new worker process. */
export interface ForkedWorker {
  readonly worker: Worker;
  /** Resolves when it has started up; rejects with a StartupError if it fails, or ends before. */
  readonly ready: Promise<void>;
}

/**
 * Starts a worker process.
 * @param environment variables in addition to this process's own
 * @param listeners number of its listeners
 * @param onListening called when it has bound all of them
 */
export function forkWorker(
  environment: Readonly<Record<string, string>>,
  listeners: number,
  onListening: () => void,
): ForkedWorker {
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
      const fail = () =>
        reject(new StartupError(`a worker failed to start (exit code ${code}): see its error above`));
      // Its last message may not have been received yet.
      if (worker.isConnected()) worker.once("disconnect", fail);
      else fail();
    });
  });
  return { worker, ready };
}
