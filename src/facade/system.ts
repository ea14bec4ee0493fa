/** The Smart Proxy behind the façade as one of the systems in the status. */
import type { System } from "../admin/status.ts";
import type { Settings } from "../settings/keys.ts";
import { Probe } from "../upstreams/probe.ts";
import type { Facade } from "./index.ts";
import { type ProbeSettings, requestSmartProxy } from "./probe.ts";

/**
 * Describes the Smart Proxy for the status: it is up if it sends any reply.
 * @param facade returns the façade, once it is open
 * @returns nothing without the setting `smart_proxy_url`
 */
export function smartProxySystem(
  settings: ProbeSettings & Pick<Settings, "smart_proxy_url">,
  facade: () => Pick<Facade, "breaker"> | undefined,
): System[] {
  const { smart_proxy_url: url } = settings;
  if (url === undefined) return [];
  const reachable = () =>
    requestSmartProxy(url, "/features", settings, false).then(
      () => true,
      () => false,
    );
  const breaker = {
    get open() {
      return facade()?.breaker.open ?? false;
    },
  };
  return [{ name: "Smart Proxy", probe: new Probe({ reachable }), breaker }];
}
