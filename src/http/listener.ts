/** Creates listeners: http, https with optional client certificates, or unix socket. */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Logger } from "pino";
import { type Peer, peerAt, registerPeer } from "../connection/peer.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import { mergePieces } from "./limits/body-pieces.ts";
import type { Connections } from "./limits/connections.ts";
import { oneAtATime, type RequestHandler } from "./limits/pipeline.ts";
import { refuseHeaderLines, replyToMalformed } from "./malformed-requests.ts";
import { hasBody } from "./requests.ts";

/** Settings of a listener. */
export type ListenerSettings = Pick<
  Settings,
  | "ssl_certificate"
  | "ssl_private_key"
  | "ssl_ca_file"
  | "rhsm_ca_file"
  | "max_header_bytes"
  | "max_header_lines"
  | "header_timeout"
  | "request_timeout"
  | "idle_timeout"
  | "stall_timeout"
>;

/** Dependencies of a listener. */
export interface ListenerOptions {
  readonly settings: ListenerSettings;
  readonly handle: RequestHandler;
  readonly connections: Connections;
  readonly isReverseProxy: (peer: Peer) => boolean;
  readonly log: Logger;
}

/** A server of node:http or node:https. */
export type AnyServer = HttpServer | HttpsServer;

/** Interval between two checks for connections that have timed out. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;

const limitsOf = ({ settings }: ListenerOptions) => ({
  keepAliveTimeout: settings.idle_timeout * 1000,
  headersTimeout: settings.header_timeout * 1000,
  requestTimeout: Math.max(settings.header_timeout, settings.request_timeout) * 1000,
  maxHeaderSize: settings.max_header_bytes,
  connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  // The API refuses a request without Host with an error of the contract.
  requireHostHeader: false,
});

function createHttps(options: ListenerOptions, app: RequestListener): HttpsServer {
  const { ssl_certificate, ssl_private_key, ssl_ca_file, rhsm_ca_file, header_timeout } = options.settings;
  if (ssl_certificate === undefined || ssl_private_key === undefined)
    throw new StartupError("an https listener needs ssl_certificate and ssl_private_key");
  // Clients send a certificate only to a server that names its CA.
  const ca = [ssl_ca_file, rhsm_ca_file].flatMap((file) => file?.text ?? []);
  // Node.js omits http/1.0 by default, and the handshake of clients that offer nothing else fails.
  const protocols = { ALPNProtocols: ["http/1.1", "http/1.0"] };
  // Any certificate or none is accepted here: each operation decides which one it needs.
  const clientCertificates = { requestCert: true, rejectUnauthorized: false } as const;
  return createHttpsServer(
    {
      ...limitsOf(options),
      ...protocols,
      ...clientCertificates,
      handshakeTimeout: header_timeout * 1000,
      minVersion: "TLSv1.2",
      cert: ssl_certificate.text,
      key: ssl_private_key.text,
      ...(ca.length === 0 ? {} : { ca }),
    },
    app,
  );
}

/** Creates a listener without binding it. */
export function createListener(where: Listen, options: ListenerOptions): AnyServer {
  const { transport } = where;
  const { settings, connections } = options;
  const handle = oneAtATime(options.handle, (socket) => connections.requestReceived(socket));
  const app = (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) mergePieces(request, () => connections.block(request.socket));
    if (request.rawHeaders.length >= 2 * settings.max_header_lines) {
      connections.block(request.socket);
      refuseHeaderLines(options.log, request.socket);
      return;
    }
    handle(request, response);
  };
  const server = transport === "https" ? createHttps(options, app) : createHttpServer(limitsOf(options), app);
  server.setTimeout(settings.stall_timeout * 1000);
  // Node.js drops further lines, which may be those of a reverse proxy: a request with as many is refused. Each line costs far
  // more memory than its bytes.
  server.maxHeadersCount = settings.max_header_lines;
  server.on("connection", (socket) => connections.admit(socket, peerAt(socket, where)));
  server.on(transport === "https" ? "secureConnection" : "connection", (socket) =>
    registerPeer(socket, where, options),
  );
  // Unknown expectations are ignored (RFC 9110 section 10.1.1): the 417 of Node.js is no error of the contract.
  server.on("checkExpectation", app);
  server.on("clientError", replyToMalformed(options.log));
  return server;
}
