/** The process of `serve`: starts a gateway, and ends it on a signal. */
import { pino } from "pino";
import { startGateway } from "./gateway.ts";
import type { Settings } from "./settings/keys.ts";

/** Serves until SIGTERM or SIGINT; a second signal ends the process at once. */
export async function serve(settings: Settings): Promise<void> {
  const log = pino({ level: settings.log_level });
  process.on("unhandledRejection", (error) => log.fatal({ err: error }, "unhandled rejection"));
  const gateway = await startGateway(settings, log);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        log.info({ signal }, "stopping");
        resolve();
      });
    }
  });
  await gateway.stop();
  log.info("stopped");
}
