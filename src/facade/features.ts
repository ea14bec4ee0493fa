/** Replies of the Smart Proxy that the façade changes. */

/** The feature as the Smart Proxy describes it. The gateway serves it, whether the plugin is enabled or not. */
const FEATURE = "container_gateway";
const STATE = { http_enabled: false, https_enabled: true, settings: {}, state: "running", capabilities: [] };

/** Changes the text of a reply; returns it unchanged if it is not what the Smart Proxy sends. */
export type Amendment = (text: string) => string;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Adds the feature to `GET /features`, a sorted list of names. */
function amendNames(text: string): string {
  const names = parse(text);
  if (!Array.isArray(names) || names.includes(FEATURE)) return text;
  return JSON.stringify([...names, FEATURE].sort());
}

/** Sets the feature's state in `GET /v2/features`, an object of features by name. */
function amendStates(text: string): string {
  const states = parse(text);
  if (typeof states !== "object" || states === null || Array.isArray(states)) return text;
  return JSON.stringify({ ...states, [FEATURE]: STATE });
}

const AMENDMENTS = new Map<string, Amendment>([
  ["/features", amendNames],
  ["/v2/features", amendStates],
]);

/** Amendment of the reply to a request, if there is one. */
export const amendmentFor = (method: string | undefined, path: string): Amendment | undefined =>
  method === "GET" || method === "HEAD" ? AMENDMENTS.get(path) : undefined;

/** Text of the Smart Proxy for a caller without a certificate. */
const NO_CERTIFICATE = "could not read client cert from environment";

/**
 * Amendment for a caller whose certificate is valid, but not in `trusted_hosts`. The Smart Proxy sees no certificate; its text
 * for one that it does not trust tells the caller what is wrong.
 */
export const amendRefusal =
  (commonName: string, path: string): Amendment =>
  (text) => {
    if (text !== NO_CERTIFICATE) return text;
    const below = path.replace(/^\/[^/]*/, "");
    return `Untrusted client ${commonName} attempted to access ${below}. Check :trusted_hosts: in settings.yml`;
  };
