/** One listener: http, https with optional client certificates, or a unix socket. */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Logger } from "pino";
import { peerAt, rememberPeer } from "../connection/peer.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import type { App } from "./app.ts";
import { requestClass } from "./limits/body-pieces.ts";
import type { Connections } from "./limits/connections.ts";
import { oneAtATime } from "./limits/pipeline.ts";
import { answerUnreadable } from "./malformed-requests.ts";

/** Settings of a listener. */
export type ListenerSettings = Pick<
  Settings,
  | "ssl_certificate"
  | "ssl_private_key"
  | "ssl_ca_file"
  | "rhsm_ca_file"
  | "max_header_bytes"
  | "header_timeout"
  | "request_timeout"
  | "idle_timeout"
  | "stall_timeout"
>;

/** Dependencies of a listener. */
export interface ListenerOptions {
  readonly settings: ListenerSettings;
  readonly app: App;
  readonly connections: Connections;
  readonly log: Logger;
}

/** A server of node:http or node:https. */
export type AnyServer = HttpServer | HttpsServer;

/** Interval between two checks for connections that have timed out. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;

const limitsOf = ({ settings, connections }: ListenerOptions) => ({
  IncomingMessage: requestClass(({ socket }) => connections.shun(socket)),
  keepAliveTimeout: settings.idle_timeout * 1000,
  headersTimeout: settings.header_timeout * 1000,
  requestTimeout: Math.max(settings.header_timeout, settings.request_timeout) * 1000,
  maxHeaderSize: settings.max_header_bytes,
  connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  // The API refuses such a request with an error that clients can read.
  requireHostHeader: false,
});

function createHttps(options: ListenerOptions, app: RequestListener): HttpsServer {
  const { ssl_certificate, ssl_private_key, ssl_ca_file, rhsm_ca_file, header_timeout } = options.settings;
  if (ssl_certificate === undefined || ssl_private_key === undefined)
    throw new StartupError("an https listener needs ssl_certificate and ssl_private_key");
  // Clients show a certificate only to a server that names its certificate authority.
  const ca = [ssl_ca_file, rhsm_ca_file].flatMap((file) => file?.text ?? []);
  // The default of Node.js lacks HTTP/1.0, without which the handshake of such a client fails.
  const protocols = { ALPNProtocols: ["http/1.1", "http/1.0"] };
  // A client may show any certificate, or none: each operation decides which one it needs.
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

/** Creates a listener, which does not listen yet. */
export function createListener(where: Listen, options: ListenerOptions): AnyServer {
  const { transport } = where;
  const { settings, connections } = options;
  const answer = oneAtATime(options.app);
  const app = (request: IncomingMessage, response: ServerResponse) => {
    connections.requestReceived(request.socket);
    answer(request, response);
  };
  const server = transport === "https" ? createHttps(options, app) : createHttpServer(limitsOf(options), app);
  server.setTimeout(settings.stall_timeout * 1000);
  // The bytes of the headers are bounded. Node.js would drop the last of too many lines, which a reverse proxy adds.
  server.maxHeadersCount = 0;
  server.on("connection", (socket) => connections.admit(socket, peerAt(socket, where)));
  server.on(transport === "https" ? "secureConnection" : "connection", (socket) =>
    rememberPeer(socket, where, connections),
  );
  // Unknown expectations are ignored (RFC 9110 section 10.1.1): clients can't read the 417 of Node.js.
  server.on("checkExpectation", app);
  server.on("clientError", answerUnreadable(options.log));
  return server;
}
