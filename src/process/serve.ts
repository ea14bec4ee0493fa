/** The processes of `serve`: one that serves, or one that runs the workers that do. */
import cluster from "node:cluster";
import type { Logger } from "pino";
import { startEmbeddedPostgres } from "../database/embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "../database/embedded/roles.ts";
import { removeStaleSocket } from "../http/socket-file.ts";
import { checkInherited } from "../http/systemd-sockets.ts";
import { openLog, reportTo } from "../logs/log.ts";
import type { Settings } from "../settings/keys.ts";
import { onStopSignal } from "./signals.ts";
import { finishStartup } from "./v8-heap.ts";
import { runWorkers } from "./workers.ts";

/** Aborted by SIGTERM or SIGINT; the same signal again, a second later, ends the process at once. A worker listens to its primary alone. */
function untilStopped(log: Logger): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // A terminal sends SIGINT to the workers, too.
    if (cluster.isWorker && signal === "SIGINT") process.on(signal, () => undefined);
    else
      onStopSignal(signal, () => {
        log.info({ signal }, "stopping");
        stop.abort();
      });
  }
  // Without its primary a worker gets no more connections; it ends, but not before what is in flight has.
  cluster.worker?.once("disconnect", () => {
    if (cluster.worker === undefined || stop.signal.aborted) return;
    cluster.worker.exitedAfterDisconnect = true;
    log.error("the primary died");
    stop.abort();
  });
  return stop.signal;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

async function serveHere(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  // A primary needs none of it.
  const { startGateway } = await import("../gateway.ts");
  const gateway = await startGateway(settings, log);
  finishStartup();
  if (!stop.aborted) await aborted(stop);
  await gateway.stop();
}

async function serveByWorkers(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  for (const where of settings.listen) if ("path" in where) await removeStaleSocket(where.path);
  // The workers share one embedded PostgreSQL, so none of them may be the one that stops it.
  const embedded =
    settings.db_connection_string === undefined
      ? await startEmbeddedPostgres(settings.data_dir, reportTo(log))
      : undefined;
  const environment: Record<string, string> =
    embedded === undefined
      ? {}
      : { CONTAINER_GATEWAY_DB_CONNECTION_STRING: embedded.connectionString(EMBEDDED_DATABASE) };
  try {
    await runWorkers({ count: settings.workers, environment, log }, stop);
  } finally {
    await embedded?.stop();
  }
}

/** What nobody has caught is told and counted. A rejection concerns one request; after an exception nothing is sure. */
function tellUncaught(log: Logger): void {
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

/**
 * Serves until it is told to stop.
 * @param environment what systemd says of the sockets that it hands over
 */
export async function serve(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (cluster.isPrimary) checkInherited(settings.listen, environment);
  const log = openLog({ level: settings.log_level });
  tellUncaught(log);
  const stop = untilStopped(log);
  const here = cluster.isWorker || settings.workers === 1;
  try {
    await (here ? serveHere(settings, log, stop) : serveByWorkers(settings, log, stop));
    log.info("stopped");
  } finally {
    // Its line to the primary keeps a worker alive that could not start.
    cluster.worker?.disconnect();
  }
}
