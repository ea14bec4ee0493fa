/** API of a Foreman Smart Proxy. */
import type { Handlers } from "../model/operations.ts";

/** Versions that Foreman gets. */
export interface SmartProxyOptions {
  /** Smart Proxy version; Foreman compares major and minor with its own. */
  readonly smartProxyVersion: string;
  /** Version of the gateway. */
  readonly version: string;
}

type SmartProxyHandlers = Pick<Handlers, "getFeatures" | "getFeatureNames" | "getVersion">;

/** Creates the handlers that Foreman calls. */
export function createSmartProxy({ smartProxyVersion, version }: SmartProxyOptions): SmartProxyHandlers {
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
