/** Authentication at `admin_listen`: by session, beside certificates and the unix socket, and safe against other sites. */
import type { Authenticate, CallerEvidence } from "../../auth/authenticate.ts";
import { hostOf } from "../../connection/host-port.ts";
import type { Peer } from "../../connection/peer.ts";
import { type RegistryError, registryError } from "../../model/errors.ts";
import type { Sessions } from "./sessions.ts";

/** Dependencies of {@link authenticateSessions}. */
export interface SessionAuthentication {
  readonly authenticate: Authenticate;
  readonly sessions: Pick<Sessions, "find">;
  /** True for a name of the gateway. */
  readonly isOwnHost: (host: string, peer: Peer) => boolean;
}

/** The 401 of an operator without a session. Browsers show no dialog for its scheme. */
export const signInNeeded = (message = "sign in at /ui/, or show a client certificate"): RegistryError =>
  registryError("UNAUTHORIZED", { message, headers: { "WWW-Authenticate": 'Session realm="/ui/"' } });

const refused = (why: string): RegistryError => registryError("DENIED", { message: why, refusal: { why } });

/**
 * Refuses requests that another site has a browser send: those to a foreign name that leads here (DNS rebinding), and those that
 * come from another origin, which may be another port of this machine.
 */
function checkSite(
  { request: { headers }, peer }: CallerEvidence,
  isOwnHost: SessionAuthentication["isOwnHost"],
): void {
  const { host = "", origin } = headers;
  const name = hostOf(host);
  if (name === undefined || !isOwnHost(name, peer))
    throw refused("the host in the URL is no name of this gateway: use an address of admin_listen");
  const site = headers["sec-fetch-site"];
  const isOwnOrigin = origin === undefined || origin === `${peer.transport}://${host}`;
  if (!isOwnOrigin || (site !== undefined && site !== "same-origin" && site !== "none"))
    throw refused("administration is refused to pages of other sites");
}

const isSafe = (method: string | undefined): boolean => method === "GET" || method === "HEAD";

/** Creates the authentication of `admin_listen`. */
export function authenticateSessions({
  authenticate,
  sessions,
  isOwnHost,
}: SessionAuthentication): Authenticate {
  return async (security, evidence) => {
    const { peer, request, isForwarded } = evidence;
    if (peer.transport === "unix" || security.length === 0) return authenticate(security, evidence);
    checkSite(evidence, isOwnHost);
    if (!security.includes("administrator") || security.includes("nobody") || isForwarded())
      return authenticate(security, evidence);
    const session = security.includes("session") ? await sessions.find(request.headers.cookie) : undefined;
    if (session !== undefined) {
      if (!isSafe(request.method) && request.headers.origin === undefined)
        throw refused("a call by session that changes anything needs the header Origin");
      return { kind: "administrator", name: session.name };
    }
    if (peer.certificate === undefined) throw signInNeeded();
    return authenticate(security, evidence);
  };
}
