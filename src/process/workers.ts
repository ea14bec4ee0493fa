/** Primary process: starts the workers that share the listeners, replaces those that die, and stops them at shutdown. */
import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import { StartupError } from "../model/startup-error.ts";
import { WorkerRelay } from "./worker-channel.ts";

/** Settings and dependencies of {@link runWorkers}. */
export interface WorkerOptions {
  readonly count: number;
  /** Variables in addition to the primary's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Number of listeners of each worker. */
  readonly listeners: number;
  /** Called when a worker has bound all of its listeners. */
  readonly onListening: () => void;
  /** Called once, when the first worker has started up. */
  readonly onReady: () => void;
  readonly log: Logger;
}

/** Message of a worker that has started up. */
export const READY = "ready";

/** Minimum lifetime of a worker that is replaced without a delay. */
const SHORT_LIFETIME_MS = 5_000;
const RESTART_DELAY_MS = 1_000;

/**
 * Runs workers until `stop` is aborted and all of them have ended.
 * @throws StartupError if a worker fails before any was ready: a replacement would fail as well. Workers may take their
 *   time: they wait for PostgreSQL
 */
export async function runWorkers(
  { count, environment, listeners, onListening, onReady, log }: WorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  // Workers accept connections themselves. A connection that the primary accepted would be lost if the worker died before
  // it received it, and would end with the primary although systemd sockets outlive it.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  let wasReady = false;

  await new Promise<void>((resolve, reject) => {
    const running = new Set<Worker>();
    const relay = new WorkerRelay(running);

    const stopWorkers = () => {
      for (const worker of running) worker.process.kill("SIGTERM");
      if (running.size === 0) resolve();
    };

    const startWorker = () => {
      if (stop.aborted) return;
      const worker = cluster.fork(environment);
      const started = performance.now();
      running.add(worker);
      relay.attach(worker);
      let bound = 0;
      worker.on("listening", () => {
        bound += 1;
        if (bound === listeners) onListening();
      });
      worker.on("message", (message: unknown) => {
        if (message !== READY) return;
        if (!wasReady) onReady();
        wasReady = true;
      });
      worker.once("exit", (code, signal) => {
        running.delete(worker);
        if (stop.aborted) {
          // The other workers are draining; a second signal would end them at once.
          if (running.size === 0) resolve();
          return;
        }
        if (!wasReady && signal === null) {
          reject(new StartupError(`a worker failed to start (exit code ${code}): see its error above`));
          stop.removeEventListener("abort", stopWorkers);
          return stopWorkers();
        }
        log.error({ worker: worker.process.pid, code, signal }, "worker died: starting another");
        setTimeout(startWorker, performance.now() - started < SHORT_LIFETIME_MS ? RESTART_DELAY_MS : 0);
      });
    };

    stop.addEventListener("abort", stopWorkers, { once: true });
    for (let index = 0; index < count; index += 1) startWorker();
  });
}
