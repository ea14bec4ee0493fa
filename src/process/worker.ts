/** Worker process: serves until the gateway stops, or until the primary has exchanged it. */
import type { Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import { type Failure, READY, RETIRE } from "./forked-worker.ts";
import { ReloadChannel } from "./reload-channel.ts";
import { finishStartup, HeapGrowth } from "./v8-heap.ts";
import { sendIfConnected, WorkerChannel } from "./worker-channel.ts";

/** Serving of a process. */
export interface Serving {
  readonly settings: Settings;
  /** Reads the settings anew. */
  readonly read: () => Settings;
  readonly log: Logger;
  readonly stop: AbortSignal;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** Time for which an exchanged worker finishes its requests, such as the transfer of a large layer. */
const RETIRED_DRAIN_TIMEOUT_MS = 15 * 60 * 1000;
/** Time for which it does so once the whole gateway stops. */
const STOPPED_DRAIN_TIMEOUT_MS = 30_000;

/** Time for which a worker that ends waits for the primary's reply. */
const DISCONNECT_TIMEOUT_MS = 2_000;

/** Creates a signal that the primary's message aborts when this worker has been exchanged. */
function retireSignal(worker: Worker): AbortSignal {
  const retire = new AbortController();
  worker.on("message", (message: unknown) => {
    if (message === RETIRE) retire.abort();
  });
  return retire.signal;
}

async function serveAsWorker(worker: Worker, { settings, log, stop }: Serving): Promise<void> {
  const retire = retireSignal(worker);
  // Imported here to save memory in a primary, which does not need it.
  const { startGateway } = await import("../gateway.ts");
  // Without a listener the signal would end the worker. It is that of the primary.
  process.on("SIGHUP", () => undefined);
  const workers = new WorkerChannel(worker);
  const reload = new ReloadChannel(worker).request;
  const options = { signal: stop, reload, workers, beginBulkWork: new HeapGrowth().allow };
  const gateway = await startGateway(settings, log, options).catch((error: unknown) => {
    if (!stop.aborted) throw error;
    return undefined;
  });
  if (gateway === undefined) return;
  finishStartup();
  sendIfConnected(worker, READY);
  if (!stop.aborted) await Promise.race([aborted(stop), aborted(retire)]);
  // Without a primary another gateway may be started, which needs the addresses.
  const delayMs = worker.isConnected() ? settings.shutdown_delay * 1000 : 0;
  if (stop.aborted) return gateway.stop({ delayMs });
  log.info("exchanged: finishing requests");
  stop.addEventListener("abort", () => setTimeout(() => process.exit(), STOPPED_DRAIN_TIMEOUT_MS).unref());
  await gateway.stop({
    drainTimeoutMs: RETIRED_DRAIN_TIMEOUT_MS,
    // Idle connections end as they would without a reload, so that none is reset under a request.
    lingerMs: settings.idle_timeout * 1000,
    hurry: stop,
  });
}

/** Tells the primary why this worker can't start up. @returns false if there is no primary any more */
function sendFailure(worker: Worker, error: StartupError): Promise<boolean> {
  if (!worker.isConnected()) return Promise.resolve(false);
  const failure: Failure = { failed: errorText(error) };
  return new Promise((resolve) => {
    worker.send(failure, undefined, undefined, (problem) => resolve(problem === null));
  });
}

/**
 * Leaves the cluster. The process ends after it: one that ended before the primary's reply would leave that without a reader.
 */
async function disconnect(worker: Worker): Promise<void> {
  if (!worker.isConnected()) return;
  const left = new Promise((resolve) => worker.once("disconnect", resolve));
  worker.disconnect();
  await Promise.race([left, sleep(DISCONNECT_TIMEOUT_MS)]);
}

/**
 * Serves until the signal, or until this worker has been exchanged.
 * @returns the exit code
 * @throws Error if it can't start up, unless the primary has been told why
 */
export async function runWorker(worker: Worker, serving: Serving): Promise<number> {
  try {
    await serveAsWorker(worker, serving);
    return 0;
  } catch (error) {
    // The primary says why, once for all workers.
    if (error instanceof StartupError && (await sendFailure(worker, error))) return 1;
    throw error;
  } finally {
    await disconnect(worker);
  }
}
