/** Recognizes a gateway that already listens on an address. */
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
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

/**
 * Resolves to true if the program that listens on an address replies as a gateway does.
 * @param path `/version`, or `/container_gateway/version` for the façade, which passes the other on to the Smart Proxy
 */
export function isGatewayAt(
  where: Listen,
  path: "/version" | "/container_gateway/version",
): Promise<boolean> {
  if ("systemd" in where) return Promise.resolve(false);
  const target =
    "path" in where
      ? { socketPath: where.path }
      : { host: LOOPBACK[where.host] ?? where.host, port: where.port };
  const options = { ...target, path, agent: false as const, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const read = (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (text.length < MAX_REPLY_CHARS) text += chunk;
      });
      response.on("close", () => resolve(isGateway(text)));
    };
    const request =
      where.transport === "https"
        ? // The certificate does not matter: nothing is sent but the path.
          getHttps({ ...options, rejectUnauthorized: false }, read)
        : getHttp(options, read);
    request.setTimeout(TIMEOUT_MS, () => request.destroy());
    request.on("error", () => resolve(false));
    const timer = setTimeout(() => request.destroy(), TIMEOUT_MS);
    request.on("close", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
