/** The listeners: http, https with optional client certificates, unix socket; and an end without cutting anyone off. */
import cluster from "node:cluster";
import { chmod } from "node:fs/promises";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { type Peer, peerAt, rememberPeer } from "../connection/peer.ts";
import { StartError } from "../model/startup-error.ts";
import { descriptorsOf, type Listen } from "../settings/listen-address.ts";
import type { App } from "./app.ts";
import { requestClass } from "./limits/body-pieces.ts";
import { type ConnectionBounds, Connections } from "./limits/connections.ts";
import { oneAtATime } from "./limits/pipeline.ts";
import { answerUnreadable } from "./malformed-requests.ts";
import { removeDeadSocket } from "./socket-file.ts";

/** Certificates of the https listeners, as PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Those who sign client certificates: clients show one only to a server that names its authority. */
  readonly ca: readonly string[];
}

/** What a client may take of each process. */
export interface ServerBounds {
  readonly connections: ConnectionBounds;
  /** Bytes of a request's headers, its first line included. */
  readonly headerBytes: number;
  /** Seconds until the headers of a request are there, and all of it. */
  readonly headerTimeout: number;
  readonly requestTimeout: number;
  /** Seconds that a connection may be idle between two requests, and still while one is under way. */
  readonly idleTimeout: number;
  readonly stallTimeout: number;
  /** Connections that the kernel keeps until they are accepted, at most. */
  readonly backlog: number;
}

/** What is listened on, and who answers. */
export interface ServerOptions {
  readonly listen: readonly Listen[];
  readonly tls: ServerTls | undefined;
  readonly app: App;
  readonly bounds: ServerBounds;
  readonly log: Logger;
  /** How long a stop waits for what is in flight, in milliseconds. */
  readonly drainTime?: number;
}

type AnyServer = HttpServer | HttpsServer;

/** How often is looked for connections whose time is over, in milliseconds. */
const LOOK_EVERY = 1_000;

const limitsOf = (bounds: ServerBounds, connections: Connections) => ({
  IncomingMessage: requestClass(({ socket }) => connections.shun(socket)),
  keepAliveTimeout: bounds.idleTimeout * 1000,
  headersTimeout: bounds.headerTimeout * 1000,
  requestTimeout: Math.max(bounds.headerTimeout, bounds.requestTimeout) * 1000,
  maxHeaderSize: bounds.headerBytes,
  connectionsCheckingInterval: LOOK_EVERY,
  // Refused by the API, in words that clients read.
  requireHostHeader: false,
});

function createListener(where: Listen, options: ServerOptions, connections: Connections): AnyServer {
  const { transport } = where;
  const { bounds } = options;
  const answer = oneAtATime(options.app);
  const app = (request: IncomingMessage, response: ServerResponse) => {
    connections.heard(request.socket);
    answer(request, response);
  };
  const server =
    transport === "https"
      ? createHttps(options, connections, app)
      : createHttpServer(limitsOf(bounds, connections), app);
  server.setTimeout(bounds.stallTimeout * 1000);
  // Their bytes are bounded. Of too many Node.js would leave out the last, which are those that a proxy adds.
  server.maxHeadersCount = 0;
  server.on("connection", (socket) => connections.admit(socket, peerAt(socket, where)));
  server.on(transport === "https" ? "secureConnection" : "connection", (socket) =>
    rememberPeer(socket, where, connections),
  );
  // An expectation that nobody knows is let pass (RFC 9110 section 10.1.1); Node.js' own 417 says nothing that clients read.
  server.on("checkExpectation", app);
  server.on("clientError", answerUnreadable(options.log));
  return server;
}

function createHttps(
  { tls, bounds }: ServerOptions,
  connections: Connections,
  app: RequestListener,
): HttpsServer {
  if (tls === undefined) throw new Error("an https listener needs ssl_certificate and ssl_private_key");
  const { cert, key, ca } = tls;
  // Node.js' own list lacks HTTP/1.0, without which the handshake of such a client fails.
  const spoken = { ALPNProtocols: ["http/1.1", "http/1.0"] };
  // Any certificate may be shown, or none: what it is worth is decided by each operation.
  const asked = { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" } as const;
  const limits = { ...limitsOf(bounds, connections), handshakeTimeout: bounds.headerTimeout * 1000 };
  return createHttpsServer(
    { ...limits, ...asked, ...spoken, cert, key, ...(ca.length === 0 ? {} : { ca: [...ca] }) },
    app,
  );
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
    const fail = (cause: Error) => reject(new StartError("can't listen: see the setting listen", { cause }));
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
  stop(): Promise<void>;
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

/**
 * Milliseconds for which connections are left that are idle at a stop: the next request may be under way already. It
 * is answered, and its answer ends the connection.
 */
const LINGER = 2_000;

/** @param cutOff ends what the drain time has not ended */
async function stop(server: AnyServer, drainTime: number, cutOff: () => void): Promise<void> {
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  // An http server's own way to close would close idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const late = setTimeout(cutOff, drainTime);
  await Promise.race([closed, sleep(Math.min(LINGER, drainTime), undefined, { ref: false })]);
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** @throws StartError if an address can't be listened on; then none is */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { listen: wanted, drainTime = 30_000 } = options;
  const inherited = descriptorsOf(wanted);
  const started: { server: AnyServer; where: Listen }[] = [];
  const connections = new Connections(options.bounds.connections);
  const cutOff = () => connections.cutOff();
  try {
    for (const where of wanted) {
      const server = createListener(where, options, connections);
      await listen(server, where, inherited.get(where), options.bounds.backlog);
      started.push({ server, where });
    }
  } catch (error) {
    await Promise.all(started.map(({ server }) => stop(server, 0, cutOff)));
    throw error;
  }
  return {
    addresses: started.map(({ server, where }) => addressOf(server, where)),
    stop: async () => {
      await Promise.all(started.map(({ server }) => stop(server, drainTime, cutOff)));
    },
  };
}
