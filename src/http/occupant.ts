/** Recognizes a gateway that already listens on an address. */
import { get as getHttp, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { AddressSet } from "../connection/address-set.ts";
import type { Listen } from "../settings/listen-address.ts";

const TIMEOUT_MS = 3_000;
const MAX_REPLY_CHARS = 65_536;
/** Addresses that mean all addresses of the machine, and one that can be connected to in their place. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** True for the reply of a gateway to a request for its version. */
function isGateway(text: string): boolean {
  try {
    const { modules }: { modules?: { container_gateway?: unknown } } = JSON.parse(text);
    return typeof modules?.container_gateway === "string";
  } catch {
    return false;
  }
}

/** Options of {@link isGatewayAt}. */
export interface OccupantOptions {
  /** `/version`, or `/container_gateway/version` for the façade, which passes the other on to the Smart Proxy. */
  readonly path: "/version" | "/container_gateway/version";
  /** Addresses whose connections must begin with a PROXY header; this machine may have one of them. */
  readonly balancers: AddressSet;
}

/** Connects, and says that this is no client's connection where a load balancer is expected. */
function open(where: Exclude<Listen, { readonly systemd: true }>, balancers: AddressSet): Promise<Socket> {
  const target =
    "path" in where ? { path: where.path } : { host: LOOPBACK[where.host] ?? where.host, port: where.port };
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => {
      const { localAddress } = socket;
      if (!("path" in where) && localAddress !== undefined && balancers.includes(localAddress))
        socket.write("PROXY UNKNOWN\r\n");
      resolve(socket);
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("no connection")));
  });
}

/** Resolves to true if the program that listens on an address replies as a gateway does. */
export async function isGatewayAt(where: Listen, { path, balancers }: OccupantOptions): Promise<boolean> {
  if ("systemd" in where) return false;
  const socket = await open(where, balancers).catch(() => undefined);
  if (socket === undefined) return false;
  // The certificate does not matter: nothing is sent but the path.
  const stream = where.transport === "https" ? connectTls({ socket, rejectUnauthorized: false }) : socket;
  const options = { path, createConnection: () => stream };
  return new Promise((resolve) => {
    const request = getHttp(options, (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (text.length < MAX_REPLY_CHARS) text += chunk;
      });
      response.on("close", () => resolve(isGateway(text)));
    });
    request.on("error", () => resolve(false));
    const timer = setTimeout(() => request.destroy(), TIMEOUT_MS);
    request.on("close", () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(false);
    });
  });
}
