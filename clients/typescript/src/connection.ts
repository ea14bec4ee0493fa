/** Connections to a gateway: over TLS, with a client certificate if there is one, or over a unix socket. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";

/** Where the gateway is. */
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

/** A function like `fetch` that gets a request. */
export type Fetch = (request: Request) => Promise<Response>;

/** Statuses without a body. */
const BODILESS = new Set([204, 205, 304]);

function responseOf(message: IncomingMessage, method: string): Response {
  const { statusCode = 500, rawHeaders } = message;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  const hasBody = method !== "HEAD" && !BODILESS.has(statusCode);
  if (!hasBody) message.resume();
  // The types of the two kinds of web streams differ; the streams are the same.
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status: statusCode, headers });
}

/** Opens a connection: the function that sends requests, and the base of their URLs. @throws Error without url and socket */
export function connect({ url, socketPath, ca, certificate }: Connection): {
  readonly fetch: Fetch;
  readonly baseUrl: string;
} {
  if (url === undefined && socketPath === undefined)
    throw new Error("either url or socketPath must be given");
  const baseUrl = (url ?? "http://localhost").replace(/\/+$/, "");
  const tls = { ...(ca === undefined ? {} : { ca }), ...certificate };
  const fetch: Fetch = async (request) => {
    const { protocol, hostname, port, pathname, search } = new URL(request.url);
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const headers = Object.fromEntries(request.headers);
    if (body !== undefined) headers["content-length"] = String(body.length);
    const { method, signal } = request;
    const common = { method, headers, path: pathname + search, signal };
    const where = { host: hostname.replace(/^\[|\]$/g, ""), ...(port === "" ? {} : { port }) };
    return new Promise((resolve, reject) => {
      const outgoing =
        socketPath !== undefined
          ? requestHttp({ ...common, socketPath })
          : protocol === "https:"
            ? requestHttps({ ...common, ...where, ...tls })
            : requestHttp({ ...common, ...where });
      outgoing.on("response", (message) => resolve(responseOf(message, method)));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  };
  return { fetch, baseUrl };
}
