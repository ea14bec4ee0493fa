/** Refusals of the façade: requests that the Smart Proxy can't get. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Status and text of a refusal. */
export interface FacadeRefusal {
  readonly status: 502 | 503;
  readonly text: string;
}

/** The Smart Proxy is not reachable. */
export const AWAY: FacadeRefusal = {
  status: 503,
  text: "the Smart Proxy behind this gateway does not reply: see its log, and the setting smart_proxy_url",
};

/** The bound on requests is exceeded. */
export const TOO_MANY: FacadeRefusal = {
  status: 503,
  text: "too many requests to the Smart Proxy: see the settings smart_proxy_max_connections and smart_proxy_max_waiting",
};

const RETRY_AFTER_S = 5;

const headersOf = ({ text }: FacadeRefusal): Readonly<Record<string, string>> => ({
  "Content-Type": "text/plain; charset=utf-8",
  "Content-Length": String(Buffer.byteLength(text)),
  "Retry-After": String(RETRY_AFTER_S),
  Connection: "close",
});

/** Sends a refusal. The rest of the request is not read. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: FacadeRefusal,
): void {
  request.resume();
  response.writeHead(refusal.status, { ...headersOf(refusal) });
  response.end(refusal.text);
}

/** A refusal as bytes, for a connection without a parser. */
export const refusalText = (refusal: FacadeRefusal): string =>
  [
    `HTTP/1.1 ${refusal.status} Service Unavailable`,
    ...Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}`),
    "",
    refusal.text,
  ].join("\r\n");
