/** Who is calling: credentials and connection against what the operation asks for. */
import { registryError } from "../errors.ts";
import type { Security } from "../generated/operations.ts";
import type { KnownToken } from "../grants.ts";
import type { Caller } from "../operations.ts";
import { type ChallengePlace, unauthorized } from "./challenge.ts";
import { ANONYMOUS_TOKEN, type Credentials, tokenChecksum } from "./credentials.ts";
import type { Peer } from "./peer.ts";

/** Where tokens are looked up. */
export interface TokenLookup {
  find(checksum: string): Promise<KnownToken | undefined>;
}

/** What identification rests on. */
export interface IdentifyOptions {
  readonly tokens: TokenLookup;
  /** Common names of the certificates that may administer, such as Foreman's. */
  readonly trustedHosts: readonly string[];
}

/** What a request shows of its caller. */
export interface Shown {
  readonly credentials: Credentials;
  readonly peer: Peer;
  readonly place: ChallengePlace;
}

/** Finds out who is calling; `security` lists what the operation takes, nothing meaning that it is anybody's. */
export type Identify = (security: readonly Security[], shown: Shown) => Promise<Caller>;

const refuse = (message: string): never => {
  throw registryError("DENIED", { message });
};

/** Makes the identification that asks `tokens` and believes `trustedHosts`. */
export function createIdentify({ tokens, trustedHosts }: IdentifyOptions): Identify {
  const trusted = new Set(trustedHosts.map((host) => host.toLowerCase()));

  function administrator({ transport, commonName }: Peer): Caller {
    if (transport === "unix") return { kind: "administrator", name: "unix" };
    if (transport === "http") {
      return refuse(
        "administration is refused over plain http: use https with a client certificate, or the unix socket",
      );
    }
    if (commonName === undefined) {
      return refuse(
        "administration needs a client certificate signed by the authority in the setting ssl_ca_file",
      );
    }
    if (!trusted.has(commonName.toLowerCase())) {
      return refuse("the client certificate's common name is not in the setting trusted_hosts");
    }
    return { kind: "administrator", name: commonName };
  }

  async function bearer(
    token: string,
    security: readonly Security[],
    place: ChallengePlace,
  ): Promise<Caller> {
    if (token === ANONYMOUS_TOKEN) {
      if (security.includes("anonymousToken")) return { kind: "anonymous", token: true };
      throw unauthorized(place);
    }
    const known = security.includes("registryToken") ? await tokens.find(tokenChecksum(token)) : undefined;
    if (known === undefined) throw unauthorized(place, "invalid_token");
    const { userId, userName, secondsLeft } = known;
    return { kind: "user", id: userId, name: userName, token: { value: token, secondsLeft } };
  }

  return async (security, { credentials, peer, place }) => {
    const asksForNothing = security.every((scheme) => scheme === "nobody");
    if (asksForNothing) return { kind: "anonymous", token: false };
    if (security.includes("administrator")) return administrator(peer);
    switch (credentials.kind) {
      case "bearer":
        return bearer(credentials.token, security, place);
      case "basic":
        if (!security.includes("foremanLogin")) throw unauthorized(place);
        return { kind: "login", name: credentials.name, authorization: credentials.authorization };
      case "malformed":
        throw unauthorized(place, "invalid_token");
      case "none":
        if (!security.includes("nobody")) throw unauthorized(place);
        return { kind: "anonymous", token: false };
    }
  };
}
