/** Callers that an operator asks about, as the gateway would see them, with the facts about them. */
import type { components } from "../../generated/openapi.ts";
import type { Refusal } from "../../model/audit-events.ts";
import type { Subject } from "../../model/grants.ts";
import type { ResolvedCaller } from "../../model/operations.ts";
import { type Fact, fact, type LastSyncs, provenanceOf, type StoredGrants } from "./facts.ts";

type Schemas = components["schemas"];

/** The caller that an operator asks about; anonymous if all are absent. */
export interface AskedCaller {
  readonly user?: string | undefined;
  readonly host?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
}

/** A caller as the gateway would see it, with the facts about it. */
export interface KnownCaller extends StoredGrants {
  readonly caller: ResolvedCaller;
  readonly shown: Schemas["Explanation"]["caller"];
  readonly facts: readonly Fact[];
  /** Why nothing is stored about the caller, and the decision about a restricted repository therefore open. */
  readonly unknown?: string;
  readonly subject?: Subject;
  /** True for a user without a valid token, who has to log in before a restricted repository can be pulled. */
  readonly isLoggedOut?: boolean;
}

/** Sources of callers. */
export interface CallerSources {
  readonly overview: {
    user(login: string): Promise<Omit<Schemas["UserDetails"], "failed_logins"> | undefined>;
    host(uuid: string): Promise<Schemas["HostDetails"] | undefined>;
  };
  /** The host that a certificate names, or why it is refused. */
  verdictOn(certificate: string): { readonly uuid: string } | Refusal;
}

const ANONYMOUS = { kind: "anonymous", token: false } as const;

/** Finds the callers that operators ask about. */
export class ExplainedCallers {
  readonly #sources: CallerSources;

  constructor(sources: CallerSources) {
    this.#sources = sources;
  }

  /** @throws RegistryError UNAVAILABLE while the database is unreachable */
  async find(asked: AskedCaller, done: LastSyncs): Promise<KnownCaller> {
    if (asked.user !== undefined) return this.#userOf(asked.user, done);
    if (asked.host !== undefined) return this.#hostOf(asked.host, [], done);
    if (asked.certificate === undefined)
      return { caller: ANONYMOUS, shown: { kind: "anonymous" }, facts: [], grants: [] };
    const verdict = this.#sources.verdictOn(asked.certificate);
    if ("uuid" in verdict)
      return this.#hostOf(
        verdict.uuid,
        [fact("the certificate is valid, and names this host", "rhsm_ca_file")],
        done,
      );
    const { why, name } = verdict;
    return {
      caller: { ...ANONYMOUS, refused: verdict },
      shown: { kind: "anonymous", ...(name === undefined ? {} : { name }) },
      facts: [fact(`the certificate is refused: ${why}`, "rhsm_ca_file")],
      grants: [],
    };
  }

  async #userOf(login: string, done: LastSyncs): Promise<KnownCaller> {
    const user = await this.#sources.overview.user(login);
    if (user === undefined)
      return {
        caller: ANONYMOUS,
        shown: { kind: "user", name: login },
        facts: [fact("no user with this login has logged in here", "the database")],
        unknown: "Katello tells the grants of a user at the first login",
        grants: [],
      };
    const { id, login: name, tokens, grants } = user;
    const synced = done.get("user_grants");
    const leftOut = user.left_out
      ? [fact("the last mapping of all users left this one out", "Katello's sync", synced)]
      : [];
    return {
      caller: { kind: "user", id, name, token: { value: "", secondsLeft: 0 } },
      shown: { kind: "user", name, id },
      facts: [tokenFact(tokens), ...leftOut],
      subject: { kind: "user", id },
      grants,
      granted: provenanceOf("user", user.granted_at, synced),
      isLoggedOut: tokens.length === 0,
    };
  }

  async #hostOf(uuid: string, facts: readonly Fact[], done: LastSyncs): Promise<KnownCaller> {
    const host = await this.#sources.overview.host(uuid);
    if (host === undefined)
      return {
        caller: ANONYMOUS,
        shown: { kind: "host", name: uuid },
        facts: [...facts, fact("the host is not stored", "the database")],
        unknown: "Katello tells the grants of a host at its first request",
        grants: [],
      };
    const { id, grants } = host;
    const granted = provenanceOf("host", host.granted_at, done.get("host_grants"));
    return {
      caller: { kind: "host", id, name: uuid },
      shown: { kind: "host", name: uuid, id },
      facts: [...facts, fact(`the host has ${grants.length} grants`, granted.source, granted.at)],
      subject: { kind: "host", id },
      grants,
      granted,
    };
  }
}

function tokenFact(tokens: readonly Schemas["TokenSummary"][]): Fact {
  if (tokens.length === 0)
    return fact("the user has no valid token: pulls get 401 until the next login", "logins");
  const count = tokens.length === 1 ? "1 valid token" : `${tokens.length} valid tokens`;
  return fact(`the user has ${count}`, "logins", tokens[0]?.issued_at);
}
