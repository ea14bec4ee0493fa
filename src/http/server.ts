/** The listeners of a process, and a shutdown that cuts nobody off. */
import cluster from "node:cluster";
import { chmod } from "node:fs/promises";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Peer } from "../connection/peer.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import type { App } from "./app.ts";
import { Connections } from "./limits/connections.ts";
import { type AnyServer, createListener, type ListenerSettings } from "./listener.ts";
import { removeDeadSocket } from "./socket-file.ts";
import { descriptorsOf } from "./systemd-sockets.ts";

/** Settings of the listeners. */
export type ServerSettings = ListenerSettings &
  Pick<Settings, "listen" | "listen_backlog" | "max_connections" | "max_connections_per_address">;

/** Dependencies of the listeners. */
export interface ServerOptions {
  readonly settings: ServerSettings;
  readonly app: App;
  /** Whether the bounds on connections don't apply to a peer: reverse proxies bring the connections of others. */
  readonly isExempt: (peer: Peer) => boolean;
  /** Called for each connection that is accepted. */
  readonly onAccept?: () => void;
  readonly log: Logger;
  /** Milliseconds for which a shutdown waits for requests in flight. */
  readonly drainTimeMs?: number;
}

async function listen(
  server: AnyServer,
  where: Listen,
  fd: number | undefined,
  backlog: number,
): Promise<void> {
  const path = "path" in where ? where.path : undefined;
  // Workers share the listener of their primary: to each but the first it is alive.
  if (path !== undefined && !cluster.isWorker) await removeDeadSocket(path);
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new StartupError("can't listen: see the setting listen", { cause }));
    server.once("error", fail);
    const address = "host" in where ? { host: where.host, port: where.port } : { path };
    server.listen(fd === undefined ? address : { fd }, backlog, () => {
      server.off("error", fail);
      resolve();
    });
  });
  // Who may open the socket may administer.
  if (path !== undefined) await chmod(path, 0o660);
}

/** The running listeners. */
export interface Server {
  /** Where they listen, with the ports that the system chose, in the order of the options. */
  readonly addresses: readonly { readonly transport: Peer["transport"]; readonly url: string }[];
  /** Takes no more connections, lets what is in flight end, and cuts off what is left after the drain time. */
  close(): Promise<void>;
}

const host = ({ address, family }: AddressInfo): string => (family === "IPv6" ? `[${address}]` : address);

function addressOf(server: AnyServer, where: Listen) {
  const { transport } = where;
  const address = server.address() ?? ("systemd" in where ? "systemd" : null);
  if (address === null) throw new Error("the listener is closed");
  return {
    transport,
    url: typeof address === "string" ? `unix:${address}` : `${transport}://${host(address)}:${address.port}`,
  };
}

/** Time for which idle connections stay open at shutdown: a request may be under way, whose reply closes its connection. */
const LINGER_MS = 2_000;
/** Time for which a shutdown waits for requests in flight. */
const DRAIN_TIME_MS = 30_000;

/** @param cutOff ends what the drain time has not ended */
async function stop(server: AnyServer, drainTimeMs: number, cutOff: () => void): Promise<void> {
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  // An http server's own way to close would close idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const late = setTimeout(cutOff, drainTimeMs);
  await Promise.race([closed, sleep(Math.min(LINGER_MS, drainTimeMs), undefined, { ref: false })]);
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** @throws StartupError if an address can't be listened on; then none is */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { settings, app, log, drainTimeMs = DRAIN_TIME_MS } = options;
  const inherited = descriptorsOf(settings.listen);
  const started: { server: AnyServer; where: Listen }[] = [];
  const connections = new Connections({
    most: settings.max_connections,
    mostPerAddress: settings.max_connections_per_address,
    exempt: options.isExempt,
    onAccept: options.onAccept,
  });
  const cutOff = () => connections.cutOff();
  try {
    for (const where of settings.listen) {
      const server = createListener(where, { settings, app, connections, log });
      await listen(server, where, inherited.get(where), settings.listen_backlog);
      started.push({ server, where });
    }
  } catch (error) {
    await Promise.all(started.map(({ server }) => stop(server, 0, cutOff)));
    throw error;
  }
  return {
    addresses: started.map(({ server, where }) => addressOf(server, where)),
    close: async () => {
      await Promise.all(started.map(({ server }) => stop(server, drainTimeMs, cutOff)));
    },
  };
}
