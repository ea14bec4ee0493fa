/** Answers to what no request can be made of: headers that are too long or too slow, and what is no HTTP. */
import { randomUUID } from "node:crypto";
import { ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { errorReply, registryError } from "../errors.ts";
import { codeOf } from "../reasons.ts";

/** Status and text by Node.js' own codes; anything else is a request that can't be read. */
const ANSWERS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "the headers are longer than the setting max_header_bytes allows"],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    "the request took longer to arrive than the settings header_timeout and request_timeout allow",
  ],
};
const UNREADABLE = [400, "this is no HTTP request that can be read"] as const;

/** Errors of the parser, or of its time limits. All others are of the connection, over which nothing can be said. */
const isOfHttp = (code: string): boolean => /^(?:HPE_|ERR_HTTP_)/.test(code);

/** An answer that is under way must not be broken into. */
function isAnswering(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, "_httpMessage");
  return response instanceof ServerResponse && response.headersSent;
}

/** Answers what can't be read, where an answer can be heard, and closes the connection. */
export function answerUnreadable(log: Logger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const code = codeOf(error);
    if (!socket.writable || !isOfHttp(code) || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const requestId = randomUUID();
    const [status, message] = ANSWERS[code] ?? UNREADABLE;
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
  };
}
