/** Reverse proxy in front of a gateway that changes replies, as a gateway would that breaks the contract. */
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { Agent } from "undici";
import { pem } from "./folder.ts";

/** A reply that may be changed. */
export interface ChangeableReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Changes a reply in place. */
export type Deviation = (reply: ChangeableReply, request: IncomingMessage) => void;

/** A running proxy. */
export interface DeviatingProxy {
  readonly url: string;
  /** The change that is applied; undefined for none. */
  deviation: Deviation | undefined;
  close(): Promise<void>;
}

const hasCertificate = ({ socket }: IncomingMessage): boolean =>
  socket instanceof TLSSocket && socket.getPeerX509Certificate() !== undefined;

/** @param origin https origin of the gateway */
export async function startDeviatingProxy(origin: string): Promise<DeviatingProxy> {
  const ca = pem("ca.crt");
  const plain = new Agent({ connect: { ca } });
  const foreman = new Agent({ connect: { ca, cert: pem("foreman.crt"), key: pem("foreman.key") } });
  const tls = {
    ca,
    cert: pem("server.crt"),
    key: pem("server.key"),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(tls, async (request, response) => {
    const { method = "GET", url: path = "/", headers } = request;
    const { connection: _, ...kept } = headers;
    const received = await (hasCertificate(request) ? foreman : plain).request({
      origin,
      method,
      path,
      headers: kept,
      body: method === "GET" || method === "HEAD" ? null : await buffer(request),
    });
    const reply: ChangeableReply = {
      status: received.statusCode,
      headers: { ...received.headers },
      text: await received.body.text(),
    };
    const before = reply.text;
    proxy.deviation?.(reply, request);
    if (reply.text !== before) reply.headers["content-length"] = String(Buffer.byteLength(reply.text));
    delete reply.headers["transfer-encoding"];
    for (const [name, value] of Object.entries(reply.headers))
      if (value !== undefined) response.setHeader(name, value);
    response.writeHead(reply.status);
    response.end(reply.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: DeviatingProxy = {
    url: `https://127.0.0.1:${port}`,
    deviation: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([plain.close(), foreman.close()]);
    },
  };
  return proxy;
}
