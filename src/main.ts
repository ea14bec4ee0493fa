/** The processes of `serve`: one that serves, or one that runs the workers that do. */
import cluster from "node:cluster";
import { type Logger, pino } from "pino";
import { startEmbeddedPostgres } from "./caches/embedded.ts";
import { endStart } from "./heap.ts";
import { removeDeadSocket } from "./server.ts";
import type { Settings } from "./settings/keys.ts";
import { runWorkers } from "./workers.ts";

/** Lines are written together; none waits longer than this, in milliseconds. */
const LOG_DELAY = 200;

function openLog({ log_level }: Settings): Logger {
  const destination = pino.destination({ sync: false, minLength: 8_192 });
  setInterval(() => destination.flush(), LOG_DELAY).unref();
  process.on("exit", () => destination.flushSync());
  return pino({ level: log_level }, destination);
}

/** Aborted by SIGTERM or SIGINT; a second signal ends the process at once. A worker listens to its primary alone. */
function untilStopped(log: Logger): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // A terminal sends SIGINT to the workers, too.
    if (cluster.isWorker && signal === "SIGINT") process.on(signal, () => undefined);
    else
      process.once(signal, () => {
        log.info({ signal }, "stopping");
        stop.abort();
      });
  }
  return stop.signal;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

async function serveHere(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));
  // A primary needs none of it.
  const { startGateway } = await import("./gateway.ts");
  const gateway = await startGateway(settings, log);
  endStart();
  if (!stop.aborted) await aborted(stop);
  await gateway.stop();
}

async function serveByWorkers(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  for (const where of settings.listen) if (where.transport === "unix") await removeDeadSocket(where.path);
  // The workers share one embedded PostgreSQL, so none of them may be the one that stops it.
  const embedded =
    settings.db_connection_string === undefined ? await startEmbeddedPostgres(settings.data_dir) : undefined;
  const environment: Record<string, string> =
    embedded === undefined
      ? {}
      : { CONTAINER_GATEWAY_DB_CONNECTION_STRING: embedded.connectionString("container_gateway") };
  try {
    await runWorkers({ count: settings.workers, environment, log }, stop);
  } finally {
    await embedded?.stop();
  }
}

/** Serves until it is told to stop. */
export async function serve(settings: Settings): Promise<void> {
  const log = openLog(settings);
  const stop = untilStopped(log);
  const here = cluster.isWorker || settings.workers === 1;
  try {
    await (here ? serveHere(settings, log, stop) : serveByWorkers(settings, log, stop));
    log.info("stopped");
  } finally {
    // Its line to the primary keeps a worker alive.
    if (cluster.isWorker) cluster.worker?.disconnect();
  }
}
