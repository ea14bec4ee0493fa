/** The listeners of a process and their graceful shutdown. */
import cluster from "node:cluster";
import { chmod } from "node:fs/promises";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { AddressSet } from "../connection/address-set.ts";
import type { Peer } from "../connection/peer.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import { Connections } from "./limits/connections.ts";
import type { RequestHandler } from "./limits/pipeline.ts";
import { type AnyServer, createListener, type ListenerSettings } from "./listener.ts";
import { closeWaiting } from "./proxy-protocol.ts";
import { removeStaleSocket } from "./socket-file.ts";
import { descriptorsOf } from "./systemd-sockets.ts";

/** Settings of the listeners. */
export type ServerSettings = ListenerSettings &
  Pick<Settings, "listen" | "listen_backlog" | "max_connections" | "max_connections_per_address">;

/** Dependencies of the listeners. */
export interface ServerOptions {
  readonly settings: ServerSettings;
  readonly handle: RequestHandler;
  /** True for reverse proxies. The limits on connections do not apply to them: they carry the requests of many clients. */
  readonly isReverseProxy: (peer: Peer) => boolean;
  /** Load balancers, whose connections begin with a header of the PROXY protocol; by default there are none. */
  readonly balancers?: AddressSet;
  /** Called for each accepted connection. */
  readonly onAccept?: () => void;
  readonly log: Logger;
  /** Setting of the addresses, for messages; `listen` by default. */
  readonly setting?: string;
  /** Time for which a shutdown waits for requests in flight. */
  readonly drainTimeoutMs?: number;
}

/**
 * Binds a server to its address.
 * @param fd descriptor of a socket that systemd passed
 * @throws StartupError if it can't be bound
 */
export async function bind(
  server: NetServer,
  where: Listen,
  backlog: number,
  { fd, setting }: { readonly fd?: number | undefined; readonly setting: string },
): Promise<void> {
  const path = "path" in where ? where.path : undefined;
  // Workers share the listener of the primary: all but the first would find the socket in use.
  if (path !== undefined && !cluster.isWorker) await removeStaleSocket(path);
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new StartupError(`can't listen: see the setting ${setting}`, { cause }));
    server.once("error", fail);
    // A worker asks its primary for the socket, and would wait forever for one that has died.
    const orphaned = () => fail(new Error("the primary process died"));
    cluster.worker?.once("disconnect", orphaned);
    const address = "host" in where ? { host: where.host, port: where.port } : { path };
    server.listen(fd === undefined ? address : { fd }, backlog, () => {
      server.off("error", fail);
      cluster.worker?.off("disconnect", orphaned);
      resolve();
    });
    if (cluster.worker?.isConnected() === false) orphaned();
  });
  // Every account that can open the socket is an administrator.
  if (path !== undefined) await chmod(path, 0o660);
}

/** The running listeners. */
export interface Server {
  /** Bound addresses with their actual ports, in the order of the setting `listen`. */
  readonly addresses: readonly { readonly transport: Peer["transport"]; readonly url: string }[];
  /**
   * Stops accepting connections, drains requests in flight, and destroys remaining connections after the drain timeout.
   * @param times override those of the options
   */
  close(times?: DrainTimes): Promise<void>;
}

const host = ({ address, family }: AddressInfo): string => (family === "IPv6" ? `[${address}]` : address);

/** Bound address of a server, with its actual port. */
export function addressOf(server: NetServer, where: Listen) {
  const { transport } = where;
  const address = server.address() ?? ("systemd" in where ? "systemd" : null);
  if (address === null) throw new Error("the listener is closed");
  return {
    transport,
    url: typeof address === "string" ? `unix:${address}` : `${transport}://${host(address)}:${address.port}`,
  };
}

/** Time for which idle connections stay open at shutdown: a client may be sending a request, whose reply closes it. */
const LINGER_MS = 2_000;
/** Time for which a shutdown waits for requests in flight. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Times of a shutdown. */
export interface DrainTimes {
  /** Time for which requests in flight may go on. */
  readonly drainTimeoutMs?: number | undefined;
  /** Time for which idle connections stay open. */
  readonly lingerMs?: number | undefined;
  /** Ends that time at once. */
  readonly hurry?: AbortSignal | undefined;
}

/** Resolves when idle connections need not stay open any longer. */
async function lingering({ lingerMs = LINGER_MS, hurry }: DrainTimes, maxMs: number): Promise<void> {
  const signal = hurry === undefined ? {} : { signal: hurry };
  await sleep(Math.min(lingerMs, maxMs), undefined, { ref: false, ...signal }).catch(() => undefined);
}

/** Options of {@link drain}. */
export interface DrainOptions extends DrainTimes {
  readonly cutOff: () => void;
}

/**
 * Stops accepting connections, and waits for requests in flight.
 * @param cutOff destroys the connections that remain after the drain timeout
 */
export async function drain(
  http: AnyServer,
  { drainTimeoutMs = DRAIN_TIMEOUT_MS, cutOff, ...times }: DrainOptions,
): Promise<void> {
  http.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  // The close method of http.Server would close idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http, () => resolve()));
  const timer = setTimeout(cutOff, drainTimeoutMs);
  await Promise.race([closed, lingering(times, drainTimeoutMs)]);
  const idle = setInterval(() => {
    http.closeIdleConnections();
    closeWaiting(http);
  }, 50);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}

/**
 * Starts all listeners.
 * @throws StartupError if one can't be bound, after closing the others
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { settings, handle, isReverseProxy, balancers, log, drainTimeoutMs, setting = "listen" } = options;
  const inherited = descriptorsOf(settings.listen);
  const started: { server: AnyServer; where: Listen }[] = [];
  const connections = new Connections({
    max: settings.max_connections,
    maxPerAddress: settings.max_connections_per_address,
    isExempt: isReverseProxy,
    onAccept: options.onAccept,
  });
  const cutOff = () => connections.cutOff();
  try {
    for (const where of settings.listen) {
      const server = createListener(where, { settings, handle, connections, isReverseProxy, balancers, log });
      await bind(server, where, settings.listen_backlog, { fd: inherited.get(where), setting });
      started.push({ server, where });
    }
  } catch (error) {
    await Promise.all(started.map(({ server }) => drain(server, { drainTimeoutMs: 0, cutOff })));
    throw error;
  }
  return {
    addresses: started.map(({ server, where }) => addressOf(server, where)),
    close: async (times = { drainTimeoutMs }) => {
      await Promise.all(started.map(({ server }) => drain(server, { ...times, cutOff })));
    },
  };
}
