/** `container-gateway serve`: serves in this process, or in workers that this process runs. */
import cluster from "node:cluster";
import type { Logger } from "pino";
import { type EmbeddedPostgres, embeddedUrl, startEmbeddedPostgres } from "../database/embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "../database/embedded/roles.ts";
import { DEFAULT_ADMIN_SOCKET } from "../http/admin-listener.ts";
import { removeStaleSocket } from "../http/socket-file.ts";
import { addressesOf, checkInherited } from "../http/systemd-sockets.ts";
import { openLog, reportTo } from "../logs/log.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import { checkOwnCertificates } from "./own-certificates.ts";
import { Reloader, readChanged } from "./reload.ts";
import { notifyServiceManager, type ServiceState } from "./service-manager.ts";
import { onStopSignal } from "./signals.ts";
import { finishStartup } from "./v8-heap.ts";
import { sendIfConnected, WorkerChannel } from "./worker-channel.ts";
import { READY, RETIRE, runWorkers, type WorkerOptions } from "./workers.ts";

/**
 * Creates a signal that SIGTERM or SIGINT aborts; the same signal a second later ends the process at once. Workers ignore
 * SIGINT and wait for their primary.
 */
function stopSignal(log: Logger): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // A terminal also sends SIGINT to the workers.
    if (cluster.isWorker && signal === "SIGINT") process.on(signal, () => undefined);
    else
      onStopSignal(signal, () => {
        log.info({ signal }, "shutting down");
        stop.abort();
      });
  }
  // Without its primary a worker gets no more connections: it drains its requests and ends.
  cluster.worker?.once("disconnect", () => {
    if (cluster.worker === undefined || stop.signal.aborted) return;
    cluster.worker.exitedAfterDisconnect = true;
    log.error("primary process died: shutting down");
    stop.abort();
  });
  return stop.signal;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** Time for which an exchanged worker finishes its requests, such as the transfer of a large layer. */
const RETIRED_DRAIN_TIMEOUT_MS = 15 * 60 * 1000;
/** Time for which it does so once the whole gateway stops. */
const STOPPED_DRAIN_TIMEOUT_MS = 30_000;

/** Creates a signal that the primary's message aborts when this worker has been exchanged. */
function retireSignal(): AbortSignal {
  const retire = new AbortController();
  cluster.worker?.on("message", (message: unknown) => {
    if (message === RETIRE) retire.abort();
  });
  return retire.signal;
}

/** Serving of a process. */
interface Serving {
  readonly settings: Settings;
  /** Reads the settings anew. */
  readonly read: () => Settings;
  readonly log: Logger;
  readonly stop: AbortSignal;
  readonly onReady: () => void;
}

async function serveHere({ settings, read, log, stop, onReady }: Serving): Promise<void> {
  const retire = retireSignal();
  // Imported here to save memory in a primary, which does not need it.
  const { startGateway } = await import("../gateway.ts");
  const group = cluster.worker === undefined ? {} : { workers: new WorkerChannel(cluster.worker) };
  const reload = () => {
    if (!cluster.isWorker) throw new StartupError("a gateway with workers: 1 can't be reloaded: restart it");
    // Without its primary, the worker has another parent.
    if (!cluster.worker?.isConnected()) throw new StartupError("the gateway is shutting down");
    readChanged(settings, read);
    process.kill(process.ppid, "SIGHUP");
  };
  // Without a listener the signal would end the process. In a worker it is that of the primary.
  process.on("SIGHUP", () => {
    if (!cluster.isWorker) log.error("a gateway with workers: 1 can't be reloaded: restart it");
  });
  const gateway = await startGateway(settings, log, { signal: stop, reload, ...group }).catch(
    (error: unknown) => {
      if (!stop.aborted) throw error;
      return undefined;
    },
  );
  if (gateway === undefined) return;
  finishStartup();
  if (cluster.worker !== undefined) sendIfConnected(cluster.worker, READY);
  onReady();
  if (!stop.aborted) await Promise.race([aborted(stop), aborted(retire)]);
  // Without a primary another gateway may be started, which needs the addresses.
  const isOrphan = cluster.worker?.isConnected() === false;
  if (stop.aborted) return gateway.stop(isOrphan ? {} : { delayMs: settings.shutdown_delay * 1000 });
  log.info("exchanged: finishing requests");
  stop.addEventListener("abort", () => setTimeout(() => process.exit(), STOPPED_DRAIN_TIMEOUT_MS).unref());
  await gateway.stop({
    drainTimeoutMs: RETIRED_DRAIN_TIMEOUT_MS,
    // Idle connections end as they would without a reload, so that none is reset under a request.
    lingerMs: settings.idle_timeout * 1000,
    hurry: stop,
  });
}

/** Time for which workers wait for the embedded PostgreSQL, which the primary starts once they listen. */
const EMBEDDED_START_TIMEOUT_S = 300;

/** Runs workers that share one embedded PostgreSQL, which this process runs. */
async function serveWithEmbedded(
  settings: Settings,
  options: WorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  const { data_dir } = settings;
  const failed = new AbortController();
  let starting: Promise<EmbeddedPostgres> | undefined;
  const onListening = () => {
    starting ??= startEmbeddedPostgres(data_dir, reportTo(options.log));
    starting.catch((error: unknown) => failed.abort(error));
  };
  const environment = {
    CONTAINER_GATEWAY_DB_CONNECTION_STRING: embeddedUrl(data_dir, EMBEDDED_DATABASE),
    CONTAINER_GATEWAY_DB_START_TIMEOUT: String(EMBEDDED_START_TIMEOUT_S),
  };
  try {
    await runWorkers({ ...options, environment, onListening }, AbortSignal.any([stop, failed.signal]));
    if (failed.signal.aborted) throw failed.signal.reason;
  } finally {
    const embedded = await starting?.catch(() => undefined);
    await embedded?.stop();
  }
}

/** Paths of the unix sockets that workers share: the first of them to listen must not find one of an earlier process. */
function* socketsOf({ listen, admin_listen }: Settings): Generator<string> {
  for (const where of [...listen, ...(admin_listen ?? [])]) if ("path" in where) yield where.path;
}

async function serveByWorkers({ settings, read, log, stop, onReady }: Serving): Promise<void> {
  const { listen, workers, db_connection_string } = settings;
  for (const path of socketsOf(settings)) await removeStaleSocket(path);
  // A gateway that was not told to have this one does without it if another has it.
  if (settings.admin_listen === undefined)
    await removeStaleSocket(DEFAULT_ADMIN_SOCKET).catch(() => undefined);
  const reloader = new Reloader({ settings, read, log });
  const options = {
    count: workers,
    listeners: listen.length,
    environment: {},
    onListening: () => undefined,
    onReady,
    onReload: (exchange: (count: number) => Promise<void>) => reloader.start(exchange),
    log,
  };
  stop.addEventListener("abort", () => reloader.close(), { once: true });
  await (db_connection_string === undefined
    ? serveWithEmbedded(settings, options, stop)
    : runWorkers(options, stop));
}

/** Logs uncaught errors. A rejection concerns one request; an exception may have corrupted state, and ends the process. */
function logUncaught(log: Logger): void {
  let rejections = 0;
  process.on("unhandledRejection", (error) => {
    rejections += 1;
    log.error({ err: error, rejections }, "unhandled rejection");
  });
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught exception");
    process.exit(1);
  });
}

/** Returns a function that tells systemd a state, if this is the process that systemd started. */
function stateNotifier(log: Logger, environment: Readonly<Record<string, string | undefined>>) {
  return async (state: ServiceState) => {
    if (cluster.isPrimary) await notifyServiceManager(state, environment, reportTo(log));
  };
}

/**
 * Serves until SIGTERM or SIGINT. SIGHUP reloads the settings.
 * @param read reads the settings; called again at each reload
 * @param environment variables in which systemd describes the sockets that it passes, and its own
 */
export async function serve(
  read: () => Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const settings = read();
  if (cluster.isPrimary) {
    checkInherited(addressesOf(settings), environment);
    checkOwnCertificates(settings);
  }
  const log = openLog({
    level: settings.log_level,
    format: settings.log_format,
    isForJournal: environment.JOURNAL_STREAM !== undefined,
  });
  logUncaught(log);
  const stop = stopSignal(log);
  const notify = stateNotifier(log, environment);
  stop.addEventListener("abort", () => void notify("stopping"), { once: true });
  const here = cluster.isWorker || settings.workers === 1;
  try {
    const onReady = () => void notify("ready");
    await (here ? serveHere : serveByWorkers)({ settings, read, log, stop, onReady });
    log.info("shutdown complete");
  } finally {
    // The channel to the primary would keep a worker alive whose startup failed.
    cluster.worker?.disconnect();
  }
}
