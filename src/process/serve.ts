/** `container-gateway serve`: a primary that runs workers, also if there is only one: a reload exchanges them. */
import cluster from "node:cluster";
import type { Logger } from "pino";
import { type EmbeddedPostgres, embeddedUrl, startEmbeddedPostgres } from "../database/embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "../database/embedded/roles.ts";
import { DEFAULT_ADMIN_SOCKET } from "../http/admin-listener.ts";
import { removeStaleSocket } from "../http/socket-file.ts";
import { addressesOf, checkInherited, descriptorsOf } from "../http/systemd-sockets.ts";
import { openLog, reportTo } from "../logs/log.ts";
import type { Settings } from "../settings/keys.ts";
import { checkOwnCertificates } from "./own-certificates.ts";
import { Reloader } from "./reload.ts";
import { notifyServiceManager, type ServiceState } from "./service-manager.ts";
import { onStopSignal } from "./stop-signals.ts";
import { runWorker, type Serving } from "./worker.ts";
import { runWorkers, type WorkerOptions } from "./workers.ts";

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
    // Not if it has left the cluster itself, to end.
    if (cluster.worker === undefined || cluster.worker.exitedAfterDisconnect || stop.signal.aborted) return;
    cluster.worker.exitedAfterDisconnect = true;
    log.error("primary process died: shutting down");
    stop.abort();
  });
  return stop.signal;
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

/** @param onReady called when every worker serves */
async function serveByWorkers({ settings, read, log, stop }: Serving, onReady: () => void): Promise<void> {
  const { listen, workers, db_connection_string } = settings;
  for (const path of socketsOf(settings)) await removeStaleSocket(path);
  // A gateway that was not told to have this one does without it if another has it.
  if (settings.admin_listen === undefined)
    await removeStaleSocket(DEFAULT_ADMIN_SOCKET).catch(() => undefined);
  const reloader = new Reloader({ settings, read, log });
  const options = {
    count: workers,
    listeners: listen.length,
    inheritsSockets: descriptorsOf(addressesOf(settings)).size > 0,
    environment: {},
    onListening: () => undefined,
    onReady,
    onReload: (exchange: (count: number) => Promise<void>) => reloader.start(exchange),
    reload: () => reloader.request("a request of an operator"),
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

/** @returns the exit code */
async function runPrimary(
  serving: Serving,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { log, stop } = serving;
  const notify = (state: ServiceState) => void notifyServiceManager(state, environment, reportTo(log));
  stop.addEventListener("abort", () => notify("stopping"), { once: true });
  await serveByWorkers(serving, () => notify("ready"));
  return 0;
}

/**
 * Serves until SIGTERM or SIGINT. SIGHUP reloads the settings.
 * @param read reads the settings; called again at each reload
 * @param environment variables in which systemd describes the sockets that it passes, and its own
 * @returns the exit code
 * @throws StartupError if the settings can't be used, or no worker can serve
 */
export async function serve(
  read: () => Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
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
  const serving = { settings, read, log, stop: stopSignal(log) };
  const code = await (cluster.worker === undefined
    ? runPrimary(serving, environment)
    : runWorker(cluster.worker, serving));
  if (code === 0) log.info("shutdown complete");
  return code;
}
