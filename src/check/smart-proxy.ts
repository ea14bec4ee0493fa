/** Checks the Smart Proxy behind the façade. */
import { requestSmartProxy } from "../facade/probe.ts";
import { connectionOptions } from "../facade/smart-proxy.ts";
import type { Settings } from "../settings/keys.ts";
import { commonNameOf } from "./certificates.ts";
import { connectionProblem, type System, subjectFor } from "./connections.ts";
import { error, ok, type Result } from "./finding.ts";
import { requestProblem } from "./requests.ts";
import { connectTo } from "./transport.ts";

const OWN_FEATURE = "container_gateway";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Judges the reply to a request for the names of the features. */
function judgeNames(subject: string, status: number, text: string): Result | undefined {
  const names = parse(text);
  if (status !== 200 || !Array.isArray(names))
    return error(
      "smart_proxy_url",
      subject,
      `some other page is there, and not a Smart Proxy: /features replies ${status}`,
      "set smart_proxy_url to the https port of the Smart Proxy, as in /etc/foreman-proxy/settings.yml",
    );
  if (names.length === 1 && names[0] === OWN_FEATURE)
    return error(
      "smart_proxy_url",
      subject,
      "this is a gateway, and not the Smart Proxy: its only feature is container_gateway",
      "set smart_proxy_url to the https port of the Smart Proxy, as in /etc/foreman-proxy/settings.yml",
    );
  return undefined;
}

/** Judges the reply to a request that is open to trusted hosts only. */
function judgeAccess(subject: string, name: string, status: number, text: string): Result {
  const states = parse(text);
  if (status === 200 && typeof states === "object" && states !== null)
    return ok(
      "smart_proxy_url",
      subject,
      `it has ${Object.keys(states).length} features, and trusts the gateway's certificate ${name}`,
    );
  if (status === 403)
    return error(
      "foreman_ssl_cert",
      subject,
      `the Smart Proxy does not trust the gateway's certificate: ${name} is not in its trusted_hosts`,
      `add ${name} to :trusted_hosts: in /etc/foreman-proxy/settings.yml, or name the Smart Proxy's own certificate in foreman_ssl_cert`,
    );
  return error(
    "smart_proxy_url",
    subject,
    `some other page is there, and not a Smart Proxy: /v2/features replies ${status}`,
    "set smart_proxy_url to the https port of the Smart Proxy, as in /etc/foreman-proxy/settings.yml",
  );
}

/** Checks the Smart Proxy, if the façade is in use. */
export async function checkSmartProxy(settings: Settings): Promise<Result[]> {
  const { smart_proxy_url: url, foreman_ssl_cert, foreman_ssl_ca, connect_timeout } = settings;
  if (url === undefined || foreman_ssl_cert === undefined) return [];
  const system: System = {
    name: "the Smart Proxy",
    url,
    settings: {
      url: "smart_proxy_url",
      ca: foreman_ssl_ca === undefined ? "ssl_ca_file" : "foreman_ssl_ca",
      cert: "foreman_ssl_cert",
      timeout: "connect_timeout",
    },
  };
  const subject = subjectFor(system);
  const options = connectionOptions(new URL(url), settings, false);
  const connection = await connectTo({ url, options, timeoutMs: connect_timeout * 1000 });
  if (connection.state !== "connected") return [connectionProblem(system, connection)];
  try {
    const names = await requestSmartProxy(url, "/features", settings, false);
    const problem = judgeNames(subject, names.status, names.text);
    if (problem !== undefined) return [problem];
    const { status, text } = await requestSmartProxy(url, "/v2/features", settings, true);
    return [judgeAccess(subject, commonNameOf(foreman_ssl_cert) ?? "", status, text)];
  } catch (cause) {
    return [requestProblem(system, cause)];
  }
}
