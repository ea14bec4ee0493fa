/** Test requests to the Smart Proxy, for an operator. */
import { get } from "node:https";
import { connectionOptions, type SmartProxySettings } from "./smart-proxy.ts";

/** Reply to a test request. */
export interface SmartProxyReply {
  readonly status: number;
  readonly text: string;
}

/** Settings of a test request. */
export type ProbeSettings = Omit<SmartProxySettings, "smart_proxy_max_connections">;

const MAX_REPLY_BYTES = 1024 * 1024;

/**
 * Sends a GET request over a connection of its own.
 * @param isTrusted true to show the gateway's client certificate
 * @throws Error if the Smart Proxy sends no reply in time
 */
export function requestSmartProxy(
  url: string,
  path: string,
  settings: ProbeSettings,
  isTrusted: boolean,
): Promise<SmartProxyReply> {
  const { connect_timeout } = settings;
  const origin = new URL(url);
  return new Promise((resolve, reject) => {
    const request = get({ ...connectionOptions(origin, settings, isTrusted), path, agent: false });
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error("no reply in time"), { code: "ETIMEDOUT" })),
      connect_timeout * 1000,
    );
    request.on("close", () => clearTimeout(timer));
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("error", reject);
      response.on("data", (chunk: string) => {
        if (text.length < MAX_REPLY_BYTES) text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
}
