/** Who is calling: credentials and connection against what the operation asks for. */

import type { Peer } from "../connection/peer.ts";
import type { Security } from "../generated/operations.ts";
import { foldAscii } from "../model/ascii-case.ts";
import type { Refusal } from "../model/audit-events.ts";
import { isRegistryError, type RegistryError, registryError } from "../model/errors.ts";
import type { StoredToken } from "../model/logins.ts";
import type { Administrator, Caller, Host, User } from "../model/operations.ts";
import type { ClientCertificateAuthorities } from "../x509/certificates.ts";
import { type ChallengePlace, unauthorized } from "./challenge.ts";
import { ANONYMOUS_TOKEN, type Credentials, tokenChecksum } from "./credentials.ts";
import type { TokenRecheck } from "./token-recheck.ts";

/** Where tokens are looked up. */
export interface TokenLookup {
  /** Undefined for a token that is not known, or has run out. */
  find(checksum: string): Promise<StoredToken | undefined>;
}

/** What identification rests on. */
export interface AuthenticateOptions {
  readonly tokens: TokenLookup;
  /** Told of each use of a good token. */
  readonly recheck: TokenRecheck;
  /** Those who sign the certificates that may administer. */
  readonly authorities: ClientCertificateAuthorities | undefined;
  /** Common names of the certificates that may administer, such as Foreman's. */
  readonly trustedHosts: readonly string[];
}

/** What a request shows of its caller. */
export interface CallerEvidence {
  readonly credentials: Credentials;
  readonly peer: Peer;
  /** Whether the peer is a proxy of ours that passes on what somebody else asks. */
  readonly passedOn: () => boolean;
  /** Asked for a challenge only. */
  readonly place: () => ChallengePlace;
  readonly requestId: string;
  /** The host whose certificate came with the request, or why that counts for nothing. */
  readonly host: () => Promise<Host | Refusal | undefined>;
}

/** Finds out who is calling; `security` lists what the operation takes, nothing meaning that it is anybody's. */
export type Authenticate = (security: readonly Security[], shown: CallerEvidence) => Promise<Caller>;

/** Why a 401 is a refusal, and not only the way to the login. */
function whyNot(credentials: Credentials, isAnonymous: boolean): Refusal | undefined {
  if (credentials.kind === "none" || isAnonymous) return undefined;
  return credentials.kind === "bearer"
    ? { why: "the token is not known, or has run out" }
    : { why: "credentials of a kind that does not count here" };
}

/** The host of a request, or why there is none. */
interface Identified {
  readonly host?: Host | undefined;
  /** Why it can't be said now. */
  readonly unidentified?: RegistryError;
  /** Why its certificate counts for nothing. */
  readonly refused?: Refusal;
}

async function identified(find: CallerEvidence["host"]): Promise<Identified> {
  try {
    const found = await find();
    return found === undefined || "kind" in found ? { host: found } : { refused: found };
  } catch (error) {
    if (isRegistryError(error)) return { unidentified: error };
    throw error;
  }
}

/** Makes the identification that asks `tokens` and believes `trustedHosts`. */
export function createAuthenticate({
  tokens,
  recheck,
  authorities,
  trustedHosts,
}: AuthenticateOptions): Authenticate {
  const trusted = new Set(trustedHosts.map(foldAscii));

  /** The administrator, or why the caller is none. */
  function administrator({
    peer,
    passedOn,
  }: Pick<CallerEvidence, "peer" | "passedOn">): Administrator | Refusal {
    const { transport, certificate } = peer;
    // Its certificate, and the socket, are the proxy's and not the caller's.
    if (passedOn())
      return {
        why: "administration is refused through a reverse proxy of the setting trusted_proxies: use https with a client certificate, or a listener that trusted_proxies does not name",
      };
    if (transport === "unix") return { kind: "administrator", name: "unix" };
    if (transport === "http")
      return {
        why: "administration is refused over plain http: use https with a client certificate, or the unix socket",
      };
    const commonName = certificate && authorities?.holderOf(certificate);
    if (commonName === undefined)
      return {
        why: "administration needs a client certificate signed by the authority in the setting ssl_ca_file",
      };
    return trusted.has(foldAscii(commonName))
      ? { kind: "administrator", name: commonName }
      : { why: "the client certificate's common name is not in the setting trusted_hosts", name: commonName };
  }

  /** A token that is good decides; undefined for one that isn't. */
  async function bearer(
    token: string,
    security: readonly Security[],
    requestId: string,
  ): Promise<User | undefined> {
    if (!security.includes("registryToken")) return undefined;
    const checksum = tokenChecksum(token);
    const known = await tokens.find(checksum);
    if (known === undefined) return undefined;
    const { userId, userName, secondsLeft } = known;
    const user: User = { kind: "user", id: userId, name: userName, token: { value: token, secondsLeft } };
    recheck(user, checksum, requestId);
    return user;
  }

  return async (security, { credentials, peer, passedOn, place, requestId, host }) => {
    const asksForNothing = security.every((scheme) => scheme === "nobody");
    if (asksForNothing) return { kind: "anonymous", token: false };
    if (security.includes("administrator")) {
      const found = administrator({ peer, passedOn });
      if ("kind" in found) return found;
      if (security.includes("nobody")) return { kind: "anonymous", token: false };
      throw registryError("DENIED", { message: found.why, refusal: found });
    }
    if (credentials.kind === "malformed")
      throw unauthorized(place(), "invalid_token", { why: "the Authorization header can't be read" });
    if (credentials.kind === "basic" && security.includes("foremanLogin")) {
      return { kind: "login", name: credentials.name, authorization: credentials.authorization };
    }
    const isAnonymous = credentials.kind === "bearer" && credentials.token === ANONYMOUS_TOKEN;
    const user =
      credentials.kind === "bearer" && !isAnonymous
        ? await bearer(credentials.token, security, requestId)
        : undefined;
    // A token counts before a certificate, a certificate before nothing or what is no good.
    if (user !== undefined) return user;
    const { host: known, ...why } = security.includes("hostCertificate") ? await identified(host) : {};
    if (known !== undefined) return known;
    if (isAnonymous && security.includes("anonymousToken")) return { kind: "anonymous", token: true, ...why };
    if (credentials.kind === "none" && security.includes("nobody"))
      return { kind: "anonymous", token: false, ...why };
    if (why.unidentified !== undefined) throw why.unidentified;
    throw unauthorized(
      place(),
      credentials.kind === "bearer" && !isAnonymous ? "invalid_token" : undefined,
      whyNot(credentials, isAnonymous),
    );
  };
}
