/** Authentication: determines the caller from credentials and connection, as the operation's security schemes allow. */
import type { IncomingHttpHeaders } from "node:http";
import type { Peer } from "../connection/peer.ts";
import type { Security } from "../generated/operations.ts";
import type { Refusal } from "../model/audit-events.ts";
import { isRegistryError, type RegistryError, registryError } from "../model/errors.ts";
import type { Administrator, Caller, Host, User } from "../model/operations.ts";
import { type ChallengePlace, unauthorized } from "./challenge.ts";
import { ANONYMOUS_TOKEN, type Credentials, tokenChecksum } from "./credentials.ts";
import type { TokenLookup } from "./ports.ts";
import type { TokenRecheck } from "./token-recheck.ts";
import type { TrustedHosts } from "./trusted-hosts.ts";

/** Dependencies of authentication. */
export interface AuthenticateOptions {
  readonly tokens: TokenLookup;
  /** Called for each use of a valid token. */
  readonly recheck: TokenRecheck;
  readonly trustedHosts: TrustedHosts;
}

/** Evidence of the caller's identity in a request. */
export interface CallerEvidence {
  readonly request: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };
  readonly credentials: Credentials;
  readonly peer: Peer;
  /** True if a trusted reverse proxy forwarded the request. */
  readonly isForwarded: () => boolean;
  /** Called only if a challenge is sent. */
  readonly place: () => ChallengePlace;
  readonly requestId: string;
  /** The host whose certificate came with the request, or why the certificate is refused; undefined if none can come. */
  readonly host: (() => Promise<Host | Refusal | undefined>) | undefined;
}

/** Authenticates a caller; `security` lists the schemes that the operation accepts, an empty list any caller. */
export type Authenticate = (security: readonly Security[], evidence: CallerEvidence) => Promise<Caller>;

/** Audit reason of a 401; undefined if the 401 only challenges a client without credentials. */
function refusalOf(credentials: Credentials, isAnonymous: boolean): Refusal | undefined {
  if (credentials.kind === "none" || isAnonymous) return undefined;
  return credentials.kind === "bearer"
    ? { why: "the token is unknown or expired" }
    : { why: "the operation does not accept this kind of credentials" };
}

/** The host of a request, or why it could not be identified. */
interface HostIdentity {
  readonly host?: Host | undefined;
  /** Temporary failure of the lookup. */
  readonly unidentified?: RegistryError;
  /** Why its certificate is refused. */
  readonly refused?: Refusal;
}

async function identifyHost(find: CallerEvidence["host"]): Promise<HostIdentity> {
  if (find === undefined) return {};
  try {
    const result = await find();
    return result === undefined || "kind" in result ? { host: result } : { refused: result };
  } catch (error) {
    if (isRegistryError(error)) return { unidentified: error };
    throw error;
  }
}

/** Creates the authentication. */
export function createAuthenticate({ tokens, recheck, trustedHosts }: AuthenticateOptions): Authenticate {
  /** Authenticates an administrator, or returns why the caller is refused. */
  function administrator({
    peer,
    isForwarded,
  }: Pick<CallerEvidence, "peer" | "isForwarded">): Administrator | Refusal {
    const { transport } = peer;
    // The certificate or socket is that of the reverse proxy, not of the caller.
    if (isForwarded())
      return {
        why: "administration is refused through a reverse proxy of the setting trusted_proxies: use https with a client certificate, or a listener that trusted_proxies does not name",
      };
    if (transport === "unix") return { kind: "administrator", name: "unix" };
    if (transport === "http")
      return {
        why: "administration is refused over plain http: use https with a client certificate, or the unix socket",
      };
    const commonName = trustedHosts.commonNameOf(peer);
    if (commonName === undefined)
      return {
        why: "administration needs a client certificate signed by the authority in the setting ssl_ca_file",
      };
    return trustedHosts.includes(commonName)
      ? { kind: "administrator", name: commonName }
      : { why: "the client certificate's common name is not in the setting trusted_hosts", name: commonName };
  }

  /** Returns the user of a Bearer token; undefined if the token is invalid. */
  async function findUser(
    token: string,
    security: readonly Security[],
    requestId: string,
  ): Promise<User | undefined> {
    if (!security.includes("registryToken")) return undefined;
    const checksum = tokenChecksum(token);
    const stored = await tokens.find(checksum);
    if (stored === undefined) return undefined;
    const { userId, userName, secondsLeft } = stored;
    const user: User = { kind: "user", id: userId, name: userName, token: { value: token, secondsLeft } };
    recheck(user, checksum, requestId);
    return user;
  }

  return async (security, { credentials, peer, isForwarded, place, requestId, host }) => {
    const needsNoCredentials = security.every((scheme) => scheme === "nobody");
    if (needsNoCredentials) return { kind: "anonymous", token: false };
    if (security.includes("administrator")) {
      const result = administrator({ peer, isForwarded });
      if ("kind" in result) return result;
      if (security.includes("nobody")) return { kind: "anonymous", token: false };
      throw registryError("DENIED", { message: result.why, refusal: result });
    }
    if (credentials.kind === "malformed")
      throw unauthorized(place(), "invalid_token", { why: "the Authorization header can't be read" });
    if (credentials.kind === "basic" && security.includes("foremanLogin")) {
      return { kind: "login", name: credentials.name, authorization: credentials.authorization };
    }
    const isAnonymous = credentials.kind === "bearer" && credentials.token === ANONYMOUS_TOKEN;
    const user =
      credentials.kind === "bearer" && !isAnonymous
        ? await findUser(credentials.token, security, requestId)
        : undefined;
    // Order of precedence: valid token, certificate, then no or invalid credentials.
    if (user !== undefined) return user;
    const { host: registeredHost, ...failed } = security.includes("hostCertificate")
      ? await identifyHost(host)
      : {};
    if (registeredHost !== undefined) return registeredHost;
    if (isAnonymous && security.includes("anonymousToken"))
      return { kind: "anonymous", token: true, ...failed };
    if (credentials.kind === "none" && security.includes("nobody"))
      return { kind: "anonymous", token: false, ...failed };
    if (failed.unidentified !== undefined) throw failed.unidentified;
    throw unauthorized(
      place(),
      credentials.kind === "bearer" && !isAnonymous ? "invalid_token" : undefined,
      refusalOf(credentials, isAnonymous),
    );
  };
}
