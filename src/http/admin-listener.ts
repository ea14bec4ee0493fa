/** Listeners of administration and metrics, apart from those of clients. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Logger } from "pino";
import type { Peer } from "../connection/peer.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import type { RequestHandler } from "./limits/pipeline.ts";
import { type DrainTimes, type Server, type ServerSettings, startServer } from "./server.ts";

/** Settings and dependencies of the listeners. */
export interface AdminListenerOptions {
  readonly settings: ServerSettings & Pick<Settings, "admin_listen" | "metrics_listen">;
  readonly handle: RequestHandler;
  /** Serves the metrics to everybody. */
  readonly metrics: RequestHandler;
  readonly isReverseProxy: (peer: Peer) => boolean;
  readonly log: Logger;
}

/** The running listeners. */
export interface AdminListener {
  /** Addresses of administration. */
  readonly addresses: Server["addresses"];
  /** Addresses that serve the metrics. */
  readonly metrics: Server["addresses"];
  close(times?: DrainTimes): Promise<void>;
}

/** Socket of administration if the setting is absent. systemd creates the folder for the unit. */
export const DEFAULT_ADMIN_SOCKET = "/run/container-gateway/admin.sock";

/** Starts the listeners. @throws StartupError if one that is set can't be bound */
export async function startAdminListener(options: AdminListenerOptions): Promise<AdminListener> {
  const { settings, isReverseProxy, log } = options;
  const start = (
    listen: readonly Listen[],
    setting: "admin_listen" | "metrics_listen",
    handle: RequestHandler,
  ) => startServer({ settings: { ...settings, listen: [...listen] }, setting, handle, isReverseProxy, log });
  const servers: Server[] = [];
  const close = async (times?: DrainTimes) => {
    await Promise.all(servers.map((server) => server.close(times)));
  };
  try {
    const metrics = await start(settings.metrics_listen, "metrics_listen", options.metrics);
    servers.push(metrics);
    const { admin_listen } = settings;
    const admin =
      admin_listen === undefined
        ? await startDefault(start, options)
        : [await start(admin_listen, "admin_listen", options.handle)];
    servers.push(...admin);
    for (const { url } of servers.flatMap(({ addresses }) => addresses))
      log.info({ url }, "administration listening");
    return { metrics: metrics.addresses, addresses: admin.flatMap(({ addresses }) => addresses), close };
  } catch (error) {
    await close({ drainTimeoutMs: 0 });
    throw error;
  }
}

/** Starts the default listener if that is possible: a gateway that was not told to have one serves without. */
async function startDefault(
  start: (listen: readonly Listen[], setting: "admin_listen", handle: RequestHandler) => Promise<Server>,
  { handle, log }: Pick<AdminListenerOptions, "handle" | "log">,
): Promise<Server[]> {
  if (!existsSync(dirname(DEFAULT_ADMIN_SOCKET))) return [];
  try {
    return [await start([{ transport: "unix", path: DEFAULT_ADMIN_SOCKET }], "admin_listen", handle)];
  } catch (error) {
    log.warn({ err: error, path: DEFAULT_ADMIN_SOCKET }, "no administration: see the setting admin_listen");
    return [];
  }
}
