/** Pulp's content app behind a line that breaks off each first download of a layer half way. */
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A running line. */
export interface BreakingContent {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Downloads that it broke off. */
  readonly broken: number;
  /** Rests that were asked for and sent as 206. */
  readonly rests: number;
  /** Begins anew: each layer breaks off once again. */
  forget(): void;
  close(): Promise<void>;
}

/** Configurations are smaller, layers larger. */
const LAYER_BYTES = 10_000;

/** @param pulp the origin of the Pulp to ask, over plain http */
export async function startBreakingContent(pulp: () => string): Promise<BreakingContent> {
  const seen = new Set<string>();
  let rests = 0;
  const server = createServer(({ url = "/", headers: { range } }, response) => {
    const fail = () => response.destroy();
    get(`${pulp()}${url}`, { agent: false, headers: range === undefined ? {} : { range } }, async (reply) => {
      const { statusCode = 502 } = reply;
      const body = await buffer(reply);
      const [path = ""] = url.split("?", 1);
      response.writeHead(statusCode, reply.headers);
      if (statusCode === 206) rests += 1;
      if (body.length < LAYER_BYTES || seen.has(path)) {
        response.end(body);
        return;
      }
      seen.add(path);
      // Ended once it is sent, before the length that was promised.
      response.write(body.subarray(0, body.length / 2), () => response.socket?.end());
    }).on("error", fail);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    get broken() {
      return seen.size;
    },
    get rests() {
      return rests;
    },
    forget: () => {
      seen.clear();
      rests = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
