import type { IncomingHttpHeaders } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { buffer } from "node:stream/consumers";

/** Who asks, as certificate and key in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A question to a Pulp; nothing is added to it, and redirects are not followed. */
export interface Question {
  readonly method?: string;
  /** Absolute. */
  readonly url: string;
  /** A list is sent as several header lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly ca?: string | undefined;
  readonly identity?: Identity | undefined;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks on a connection of its own. @throws what the connection failed with */
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
