import type { IncomingHttpHeaders } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { buffer } from "node:stream/consumers";

/** Certificate and key of a caller in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A request to a Pulp, sent unchanged and without following redirects. */
export interface Question {
  readonly method?: string;
  /** Absolute. */
  readonly url: string;
  /** A list is sent as several header lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly ca?: string | undefined;
  readonly identity?: Identity | undefined;
}

/** The reply. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request on its own connection. @throws the error of the connection */
export async function ask({ method = "GET", url, headers = {}, ca, identity }: Question): Promise<Reply> {
  const lines = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options = { method, headers: lines, agent: false };
    const request = url.startsWith("https:")
      ? https.request(url, { ...options, ...(ca !== undefined && { ca }), ...identity })
      : http.request(url, options);
    request.on("response", resolve).on("error", reject).end();
  });
  const { statusCode: status = 0, statusMessage: reason = "" } = response;
  return { status, reason, headers: response.headers, body: await buffer(response) };
}
