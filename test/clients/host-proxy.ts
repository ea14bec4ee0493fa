/** Presents a registered host's certificate for a client that can't present one itself. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import { pipeline } from "node:stream/promises";
import { pem } from "../support/gateway.ts";

/** A running proxy, without TLS for the client. */
export interface HostProxy {
  /** `host:port`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** @param to `host:port` that is reached over TLS with the host's certificate */
export async function startHostProxy(to: string): Promise<HostProxy> {
  const identity = { ca: pem("ca.crt"), cert: pem("host.crt"), key: pem("host.key") };
  const pass = async (from: IncomingMessage, back: ServerResponse) => {
    const headers = { ...from.headers, host: to, connection: "close" };
    const there = request(`https://${to}${from.url}`, { ...identity, method: from.method, headers });
    there.end();
    const [answer]: IncomingMessage[] = await once(there, "response");
    if (answer === undefined) throw new Error("no answer");
    back.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, back);
  };
  const server = createServer((from, back) => {
    pass(from, back).catch(() => back.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    host: `localhost:${typeof address === "object" ? address?.port : ""}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
