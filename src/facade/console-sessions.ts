/** Requests of the façade's callers that the parser can't serve: the web console's sessions, and unusual methods. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { RawConnections } from "../http/listener.ts";
import { errorCode } from "../model/error-text.ts";
import { relay } from "./byte-relay.ts";
import { headOf } from "./message-headers.ts";
import type { SmartProxy } from "./smart-proxy.ts";

/** Path of the web console's sessions. Their reply is not HTTP: bytes in both directions follow it. */
const SESSION_PATH = "/ssh/session";

/** Head of a request with a method that the parser of Node.js does not know. */
const UNKNOWN_METHOD = /^([A-Z][A-Z-]{0,31} \S+ HTTP\/1\.[01])\r\n([\s\S]*?)\r\n\r\n/;

/** Creates the handling of these requests. Only trusted hosts open sessions, under the gateway's certificate. */
export function createRawRequests(
  smartProxy: SmartProxy,
  isTrusted: (socket: Socket) => boolean,
): RawConnections {
  return {
    upgrade(request: IncomingMessage, socket: Socket, head: Buffer): boolean {
      const { method, url, rawHeaders } = request;
      if (method !== "POST" || url !== SESSION_PATH || !isTrusted(socket)) return false;
      const start = headOf(`${method} ${url} HTTP/1.1`, rawHeaders);
      relay(socket, [Buffer.from(start, "latin1"), head], { smartProxy, isTrusted: true });
      return true;
    },

    unreadable(error: Error, socket: Socket): boolean {
      const packet: unknown = Reflect.get(error, "rawPacket");
      if (errorCode(error) !== "HPE_INVALID_METHOD" || !Buffer.isBuffer(packet) || !socket.writable)
        return false;
      const [whole, requestLine, fields] = UNKNOWN_METHOD.exec(packet.toString("latin1")) ?? [];
      if (whole === undefined || requestLine === undefined || fields === undefined) return false;
      const raw = fields.split("\r\n").flatMap((line) => {
        const colon = line.indexOf(":");
        return /^connection:/i.test(line) ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      // The Smart Proxy closes the connection after its reply: what follows is not parsed here.
      const start = headOf(requestLine, [...raw, "Connection", "close"]);
      relay(socket, [Buffer.from(start, "latin1"), packet.subarray(whole.length)], {
        smartProxy,
        isTrusted: false,
      });
      return true;
    },
  };
}
