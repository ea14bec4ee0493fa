/** Replies to bytes that are no readable request: headers too long or too slow, no HTTP, plain HTTP on an https port. */
import { randomUUID } from "node:crypto";
import { ServerResponse, STATUS_CODES } from "node:http";
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Logger } from "pino";
import { errorCode } from "../model/error-text.ts";
import { errorReply, registryError } from "../model/errors.ts";

type Answer = readonly [status: number, message: string];

/** Status and text by Node.js' own codes; anything else is a request that can't be read. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: [431, "the headers are longer than the setting max_header_bytes allows"],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    "the request took longer to arrive than the settings header_timeout and request_timeout allow",
  ],
};
/** OpenSSL's code for a handshake that begins with an HTTP method. It has sent no alert then. */
const PLAIN_HTTP = "ERR_SSL_HTTP_REQUEST";
const PLAIN_HTTP_ANSWER: Answer = [
  400,
  "plain HTTP was sent to an https port: use a URL that begins with https://",
];
const UNREADABLE: Answer = [400, "this is no HTTP request that can be read"];

/** Errors of the parser, or of its time limits. All others are of the connection, over which nothing can be said. */
const isOfHttp = (code: string): boolean => /^(?:HPE_|ERR_HTTP_)/.test(code);

/** An answer that is under way must not be broken into. */
function isAnswering(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, "_httpMessage");
  return response instanceof ServerResponse && response.headersSent;
}

/**
 * Whether an error is only what OpenSSL said of a client certificate with a wrong signature. It stays in OpenSSL's queue, and
 * Node.js reports it as an error of the connection, which works. The certificate doesn't count (see peer.ts).
 */
const isOfCertificate = (error: Error, socket: Socket): boolean =>
  socket instanceof TLSSocket &&
  String(socket.authorizationError) === "CERT_SIGNATURE_FAILURE" &&
  Reflect.get(error, "library") !== "SSL routines";

/** The socket below TLS, on which plain HTTP can be answered; the TLS socket is destroyed by its failed handshake. */
function plainSocketOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : socket;
}

/** Writes the whole reply, and closes the connection. Nothing of what the client sent is parsed or repeated. */
function refuse(log: Logger, socket: Socket, code: string, [status, message]: Answer): void {
  const requestId = randomUUID();
  const reply = errorReply(registryError("REQUEST_INVALID", { status, message }), requestId);
  const body = JSON.stringify(reply.body);
  log.info(
    { request_id: requestId, address: socket.remoteAddress, code, status },
    "a request was unreadable",
  );
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

/** Listener for `clientError`: answers if the client can hear it, and closes the connection. */
export function answerUnreadable(log: Logger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const code = errorCode(error);
    if (code === PLAIN_HTTP) {
      const plain = plainSocketOf(socket);
      if (plain.writable) refuse(log, plain, code, PLAIN_HTTP_ANSWER);
      return;
    }
    if (isOfCertificate(error, socket) && !socket.destroyed) return;
    if (!socket.writable || !isOfHttp(code) || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    refuse(log, socket, code, ANSWERS[code] ?? UNREADABLE);
  };
}
