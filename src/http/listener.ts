/** Creates listeners: http, https with optional client certificates, or unix socket. */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { DEFAULT_CIPHERS } from "node:tls";
import type { Logger } from "pino";
import type { AddressSet } from "../connection/address-set.ts";
import { type Peer, peerAt, registerPeer } from "../connection/peer.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";
import { allFiles } from "../settings/values.ts";
import { mergePieces } from "./limits/body-pieces.ts";
import type { Connections } from "./limits/connections.ts";
import { oneAtATime, type RequestHandler } from "./limits/pipeline.ts";
import { refuseHeaderLines, replyToMalformed } from "./malformed-requests.ts";
import { expectHeaders, interceptConnections } from "./proxy-protocol.ts";
import { hasBody } from "./requests.ts";

/** Settings of a listener. */
export type ListenerSettings = Pick<
  Settings,
  | "ssl_certificate"
  | "ssl_private_key"
  | "ssl_ca_file"
  | "rhsm_ca_file"
  | "tls_min_version"
  | "tls_ciphers"
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
  /** Timeouts that replace those of the settings, for requests that take as long as another system needs. */
  readonly timeouts?: { readonly requestMs: number; readonly stallMs: number };
  readonly raw?: RawConnections;
  /** Load balancers, whose connections begin with a header of the PROXY protocol; by default there are none. */
  readonly balancers?: AddressSet | undefined;
  /** Called for each connection before it is served, with its client's address known. Returns true if it takes the connection. */
  readonly divert?: (socket: Socket) => boolean;
}

/** Takes over connections from the parser. By default `Upgrade` is ignored (RFC 9110 section 7.8). */
export interface RawConnections {
  /**
   * Called for a request that asks for another protocol. Returns false to have the request served without.
   * @param head bytes after the request's head
   */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): boolean;
  /** Called for bytes that are no HTTP request for the parser. Returns false to have them refused. */
  unreadable(error: Error, socket: Socket): boolean;
}

/** A server of node:http or node:https. */
export type AnyServer = HttpServer | HttpsServer;

/** Interval between two checks for connections that have timed out. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;

const limitsOf = ({ settings, timeouts }: ListenerOptions) => ({
  keepAliveTimeout: settings.idle_timeout * 1000,
  headersTimeout: settings.header_timeout * 1000,
  requestTimeout: timeouts?.requestMs ?? Math.max(settings.header_timeout, settings.request_timeout) * 1000,
  maxHeaderSize: settings.max_header_bytes,
  connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  // The API refuses a request without Host with an error of the contract.
  requireHostHeader: false,
});

/** Ciphers of TLS 1.2 for ECDSA keys. Node.js' own list prefers those for RSA keys. */
const ECDSA_CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";

/** @param hasTwo true if there are an RSA and an ECDSA certificate: clients that support both get the latter */
function ciphersOf(configured: string | undefined, hasTwo: boolean): { ciphers?: string } {
  if (configured !== undefined) return { ciphers: configured };
  return hasTwo ? { ciphers: `${ECDSA_CIPHERS}:${DEFAULT_CIPHERS}` } : {};
}

function createHttps(options: ListenerOptions, app: RequestListener): HttpsServer {
  const { ssl_certificate, ssl_private_key, ssl_ca_file, rhsm_ca_file } = options.settings;
  const { header_timeout, tls_min_version, tls_ciphers } = options.settings;
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
      minVersion: tls_min_version,
      ...ciphersOf(tls_ciphers, ssl_certificate.alternatives.length > 0),
      cert: allFiles(ssl_certificate).map(({ text }) => text),
      key: allFiles(ssl_private_key).map(({ text }) => text),
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
  server.setTimeout(options.timeouts?.stallMs ?? settings.stall_timeout * 1000);
  // Node.js drops further lines, which may be those of a reverse proxy: a request with as many is refused. Each line costs far
  // more memory than its bytes.
  server.maxHeadersCount = settings.max_header_lines;
  server.on("connection", (socket) => connections.admit(socket, peerAt(socket, where)));
  server.on(transport === "https" ? "secureConnection" : "connection", (socket) =>
    registerPeer(socket, where, options),
  );
  // Unknown expectations are ignored (RFC 9110 section 10.1.1): the 417 of Node.js is no error of the contract.
  server.on("checkExpectation", app);
  const refuse = replyToMalformed(options.log);
  const { raw } = options;
  server.on("clientError", (error: Error, socket: Socket) => {
    if (raw?.unreadable(error, socket) !== true) refuse(error, socket);
  });
  if (raw !== undefined) serveUpgrades(server, raw, createHttpServer(limitsOf(options), app));
  prepareConnections(server, where, options);
  return server;
}

/** Has the headers of load balancers read, and connections diverted, before the server handles them. */
function prepareConnections(
  server: AnyServer,
  { transport }: Listen,
  { balancers, divert, settings, log }: ListenerOptions,
): void {
  if (divert !== undefined)
    interceptConnections(server, (socket, serve) => {
      if (!divert(socket)) serve();
    });
  if (balancers === undefined || balancers.isEmpty || transport === "unix") return;
  expectHeaders(server, { balancers, timeoutMs: settings.header_timeout * 1000, log });
}

/** @param without server for the requests whose upgrade is ignored */
function serveUpgrades(server: AnyServer, raw: RawConnections, without: HttpServer): void {
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (raw.upgrade(request, socket, head)) return;
    const { method, url, httpVersion, rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, index) =>
      index % 2 === 1 || /^(?:upgrade|connection)$/i.test(name) ? [] : [`${name}: ${rawHeaders[index + 1]}`],
    );
    // Node.js has detached its parser: another one reads the request again.
    socket.unshift(head);
    socket.unshift(
      Buffer.from(`${[`${method} ${url} HTTP/${httpVersion}`, ...lines].join("\r\n")}\r\n\r\n`, "latin1"),
    );
    without.emit("connection", socket);
  });
}
