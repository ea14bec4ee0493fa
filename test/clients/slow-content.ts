/** Pulp's content app with a delay: each download begins late, like the end of a large layer at a busy site. */
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A running server. */
export interface SlowContent {
  /** Scheme, host and port. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * @param seconds delay of each reply
 * @param pulp the origin of Pulp, over plain HTTP
 */
export async function startSlowContent(seconds: number, pulp: () => string): Promise<SlowContent> {
  const server = createServer(async ({ url = "/", headers }, response) => {
    await setTimeout(seconds * 1000, undefined, { ref: false });
    const { range } = headers;
    get(`${pulp()}${url}`, { agent: false, headers: range === undefined ? {} : { range } }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    }).on("error", () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
