/** Connections to a gateway: over TLS, with a client certificate if there is one, or over a unix socket. */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import type { Send } from "./session.ts";

/** Address of a gateway. */
export interface Connection {
  /** Its URL, with a prefix such as `/container_gateway` if there is one. Not needed with `socketPath`. */
  readonly url?: string;
  /** Path of a unix socket, such as that of administration. */
  readonly socketPath?: string;
  /** Certificate authority of the gateway, in PEM; by default those of Node.js. */
  readonly ca?: string;
  /** Client certificate and its key, in PEM: Foreman's, or that of a registered host. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** A pool of kept-alive connections. */
interface Connected {
  readonly send: Send;
  readonly baseUrl: string;
  /** Closes all connections. A request in flight fails; a later one opens a new connection. */
  close(): void;
}

/** Statuses without a body. */
const BODILESS = new Set([204, 205, 304]);

/** Time after which an unused connection is closed, as that of Node.js' own agent. */
const IDLE_TIMEOUT_MS = 5_000;

function responseOf(message: IncomingMessage, method: string): Response {
  const { statusCode = 500, rawHeaders } = message;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  const hasBody = method !== "HEAD" && !BODILESS.has(statusCode);
  if (!hasBody) message.resume();
  return new Response(hasBody ? Readable.toWeb(message) : null, { status: statusCode, headers });
}

/** Creates a pool of connections, which are opened by requests. @throws Error without url and socket */
export function connect({ url, socketPath, ca, certificate }: Connection): Connected {
  if (url === undefined && socketPath === undefined)
    throw new Error("either url or socketPath must be given");
  const baseUrl = (url ?? "http://localhost").replace(/\/+$/, "");
  const isTls = socketPath === undefined && baseUrl.startsWith("https:");
  const kept = { keepAlive: true, scheduling: "lifo", timeout: IDLE_TIMEOUT_MS } as const;
  const agent = isTls
    ? new HttpsAgent({ ...kept, secureContext: createSecureContext({ ca, ...certificate }) })
    : new HttpAgent(kept);
  const send: Send = async (request) => {
    const { hostname, port, pathname, search } = new URL(request.url);
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const headers = Object.fromEntries(request.headers);
    if (body !== undefined) headers["content-length"] = String(body.length);
    const { method, signal } = request;
    const where =
      socketPath === undefined ? { host: hostname.replace(/^\[|\]$/g, ""), port } : { socketPath };
    return new Promise((resolve, reject) => {
      const options = { agent, method, headers, path: pathname + search, signal, ...where };
      const outgoing = isTls ? requestHttps(options) : requestHttp(options);
      outgoing.on("response", (message) => resolve(responseOf(message, method)));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  };
  return { send, baseUrl, close: () => agent.destroy() };
}
