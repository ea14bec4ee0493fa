/** The primary process: starts the workers that share the listeners, replaces one that dies, passes a stop on. */
import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import { StartupError } from "../model/startup-error.ts";

/** How the workers are run. */
export interface WorkerOptions {
  readonly count: number;
  /** Beside the primary's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** A worker that lives shorter than this, in milliseconds, is not replaced at once. */
const SHORT_LIFETIME_MS = 5_000;
const RESTART_DELAY_MS = 1_000;

/**
 * Runs workers until `stop` is aborted and all of them have ended.
 * @throws StartupError if a worker ends before any has begun to serve: the next one would fare no better
 */
export async function runWorkers(
  { count, environment, log }: WorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  // Workers take their connections from the sockets themselves. One that the primary had taken would never be answered if
  // the worker that it was handed to died at that moment, and would end with the primary where sockets outlive it.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  let hasServed = false;

  await new Promise<void>((resolve, reject) => {
    const running = new Set<Worker>();

    const end = () => {
      for (const worker of running) worker.process.kill("SIGTERM");
      if (running.size === 0) resolve();
    };

    const start = () => {
      if (stop.aborted) return;
      const worker = cluster.fork(environment);
      const started = performance.now();
      running.add(worker);
      worker.once("listening", () => {
        hasServed = true;
      });
      worker.once("exit", (code, signal) => {
        running.delete(worker);
        if (stop.aborted) {
          // The others end when they have answered: a second signal would end them at once.
          if (running.size === 0) resolve();
          return;
        }
        if (!hasServed) {
          reject(new StartupError(`a worker ended before it served, and said why (exit code ${code})`));
          stop.removeEventListener("abort", end);
          return end();
        }
        log.error({ worker: worker.process.pid, code, signal }, "a worker died, another takes its place");
        setTimeout(start, performance.now() - started < SHORT_LIFETIME_MS ? RESTART_DELAY_MS : 0);
      });
    };

    stop.addEventListener("abort", end, { once: true });
    for (let index = 0; index < count; index += 1) start();
  });
}
