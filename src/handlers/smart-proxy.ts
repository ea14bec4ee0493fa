/** Being a Foreman Smart Proxy. */
import type { Handlers } from "../model/operations.ts";

/** What is claimed towards Foreman. */
export interface SmartProxyOptions {
  /** The Smart Proxy version to claim; Foreman compares major and minor with its own. */
  readonly smartProxyVersion: string;
  /** The version of the gateway. */
  readonly version: string;
}

type ProxyHandlers = Pick<Handlers, "getFeatures" | "getFeatureNames" | "getVersion">;

/** Makes the handlers that Foreman asks. */
export function createSmartProxy({ smartProxyVersion, version }: SmartProxyOptions): ProxyHandlers {
  const feature = {
    http_enabled: false,
    https_enabled: true,
    settings: {},
    state: "running",
    capabilities: [],
  } as const;
  return {
    getFeatures: async () => ({ status: 200, body: { container_gateway: { ...feature, capabilities: [] } } }),
    getFeatureNames: async () => ({ status: 200, body: ["container_gateway"] }),
    getVersion: async () => ({
      status: 200,
      body: { version: smartProxyVersion, modules: { container_gateway: version } },
    }),
  };
}
