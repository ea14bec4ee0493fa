/** Pulp's content app behind a connection that disconnects in the middle of each first download of a layer. */
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A running connection. */
export interface BreakingContent {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Number of interrupted downloads. */
  readonly broken: number;
  /** Number of resumed downloads, sent as 206. */
  readonly rests: number;
  /** Resets it: each layer is interrupted once more. */
  forget(): void;
  close(): Promise<void>;
}

/** Configurations are smaller, layers larger. */
const LAYER_BYTES = 10_000;

/** @param pulp the origin of Pulp, over plain HTTP */
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
      // Closed after this write, before the promised length.
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
