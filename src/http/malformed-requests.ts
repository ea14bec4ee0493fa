/** Replies to malformed requests: headers that are too long or too slow, no HTTP, plain HTTP on an https port. */
import { randomUUID } from "node:crypto";
import { ServerResponse, STATUS_CODES } from "node:http";
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Logger } from "pino";
import { addressOf } from "../connection/peer.ts";
import { errorCode } from "../model/error-text.ts";
import { errorReply, registryError } from "../model/errors.ts";

type ErrorReply = readonly [status: number, message: string];

/** Status and text by error code of Node.js; any other code gets {@link MALFORMED_REPLY}. */
const REPLIES: Readonly<Record<string, ErrorReply>> = {
  // Newer versions of Node.js report too many lines by the same code.
  HPE_HEADER_OVERFLOW: [
    431,
    "the headers are longer than the setting max_header_bytes allows, or have more lines than max_header_lines allows",
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    "the request took longer to arrive than the settings header_timeout and request_timeout allow",
  ],
};
/** OpenSSL's code for a handshake that begins with an HTTP method. OpenSSL sends no alert in this case. */
const PLAIN_HTTP = "ERR_SSL_HTTP_REQUEST";
const PLAIN_HTTP_REPLY: ErrorReply = [
  400,
  "plain HTTP was sent to an https port: use a URL that begins with https://",
];
/** OpenSSL's code for bytes that are no TLS. */
const NO_TLS = "ERR_SSL_WRONG_VERSION_NUMBER";
/** First bytes of a PROXY header of either version. */
const PROXY_HEADER = /^(?:PROXY |\r\n\r\n\0\r\nQUIT\n)/;
const PROXY_HINT =
  "a load balancer that begins its connections with a PROXY header must be named in proxy_protocol_from";
const MALFORMED_REPLY: ErrorReply = [400, "malformed HTTP request"];

/** True for errors of the HTTP parser and its timeouts. No reply is possible after other errors. */
const isParserError = (code: string): boolean => /^(?:HPE_|ERR_HTTP_)/.test(code);

/** True while a reply is being sent, which another one must not interrupt. */
function isReplying(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, "_httpMessage");
  return response instanceof ServerResponse && response.headersSent;
}

/**
 * True for an error that OpenSSL left in its queue after a client certificate with a wrong signature. Node.js reports it as an
 * error of the connection, which still works; the certificate is ignored (see peer.ts).
 */
const isCertificateError = (error: Error, socket: Socket): boolean =>
  socket instanceof TLSSocket &&
  String(socket.authorizationError) === "CERT_SIGNATURE_FAILURE" &&
  Reflect.get(error, "library") !== "SSL routines";

/** The TCP socket below TLS, for a reply in plain HTTP: the failed handshake has destroyed the TLS socket. */
function plainSocketOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : socket;
}

/** True for an error of the parser at the first byte of a PROXY header. */
function isProxyHeader(error: Error): boolean {
  const packet: unknown = Reflect.get(error, "rawPacket");
  return Buffer.isBuffer(packet) && PROXY_HEADER.test(packet.toString("latin1", 0, 16));
}

/**
 * Writes the reply and closes the connection. The reply echoes nothing that the client sent.
 * @param hint advice for the operator
 */
function refuse(
  log: Logger,
  socket: Socket,
  code: string,
  [status, message]: ErrorReply,
  hint?: string,
): void {
  const requestId = randomUUID();
  const reply = errorReply(registryError("REQUEST_INVALID", { status, message }), requestId);
  const body = JSON.stringify(reply.body);
  log.info({ request_id: requestId, address: addressOf(socket), code, status, hint }, "malformed request");
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `X-Request-Id: ${requestId}`,
    "Docker-Distribution-Api-Version: registry/2.0",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/** Refuses a request with too many header lines, and closes its connection. */
export function refuseHeaderLines(log: Logger, socket: Socket): void {
  if (isReplying(socket)) socket.destroy();
  else
    refuse(log, socket, "HEADER_LINES", [
      431,
      "the request has more header lines than max_header_lines allows",
    ]);
}

/** Creates a listener for `clientError`, which replies if possible and closes the connection. */
export function replyToMalformed(log: Logger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const code = errorCode(error);
    if (code === PLAIN_HTTP) {
      const plain = plainSocketOf(socket);
      if (plain.writable) refuse(log, plain, code, PLAIN_HTTP_REPLY);
      return;
    }
    if (code === NO_TLS)
      log.info({ address: addressOf(socket), code, hint: PROXY_HINT }, "no TLS at an https listener");
    if (isCertificateError(error, socket) && !socket.destroyed) return;
    if (!socket.writable || !isParserError(code) || isReplying(socket)) {
      socket.destroy();
      return;
    }
    const hint = isProxyHeader(error) ? PROXY_HINT : undefined;
    refuse(log, socket, code, REPLIES[code] ?? MALFORMED_REPLY, hint);
  };
}
