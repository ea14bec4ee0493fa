/** Explains whether a caller may pull a repository: the decision, the facts behind it, and what would change it. */
import type { components } from "../generated/openapi.ts";
import type { Refusal } from "../model/audit-events.ts";
import type { RegistryError } from "../model/errors.ts";
import type { StaleReason, Subject } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { ResolvedCaller } from "../model/operations.ts";

type Schemas = components["schemas"];
/** An explanation, in the form of the contract. */
export type Explanation = Schemas["Explanation"];
type Fact = Explanation["facts"][number];

/** The caller that an operator asks about; anonymous if all are absent. */
export interface AskedCaller {
  readonly user?: string | undefined;
  readonly host?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
}

/** Sources of explanations. */
export interface ExplanationOptions {
  readonly overview: {
    user(login: string): Promise<Omit<Schemas["UserDetails"], "failed_logins"> | undefined>;
    host(uuid: string): Promise<Schemas["HostDetails"] | undefined>;
    repository(name: string): Promise<Schemas["RepositoryDetails"] | undefined>;
    /** Times of the last successful sync of each kind. */
    lastDone(): Promise<{ readonly kind: Schemas["SyncKind"]; readonly at: string }[]>;
  };
  readonly freshness: { staleReason(name: string, subject: Subject): Promise<StaleReason | undefined> };
  /** The decision of pulls. */
  decide(caller: ResolvedCaller, name: RepositoryName): Promise<RegistryError | undefined>;
  /** The host that a certificate names, or why it is refused. */
  verdictOn(certificate: string): { readonly uuid: string } | Refusal;
}

/** A caller as the gateway would see it, with the facts about it. */
interface KnownCaller {
  readonly caller: ResolvedCaller;
  readonly shown: Explanation["caller"];
  readonly facts: readonly Fact[];
  /** Why nothing is stored about the caller, and the decision about a restricted repository therefore open. */
  readonly unknown?: string;
  readonly subject?: Subject;
  readonly grants: readonly string[];
}

const ANONYMOUS = { kind: "anonymous", token: false } as const;

/** A fact that Katello told at a time, if it is known. */
const fact = (text: string, source: string, at?: string): Fact => ({
  text,
  source,
  ...(at === undefined ? {} : { at }),
});

/** The later one of two times. */
const later = (one: string | undefined, other: string | undefined): string | undefined =>
  one !== undefined && other !== undefined && Date.parse(one) < Date.parse(other) ? other : (one ?? other);

/** Explains decisions. */
export class Explanations {
  readonly #options: ExplanationOptions;

  constructor(options: ExplanationOptions) {
    this.#options = options;
  }

  /** @throws RegistryError UNAVAILABLE while the database is unreachable */
  async explain(asked: AskedCaller, name: RepositoryName): Promise<Explanation> {
    const { overview, decide } = this.#options;
    const done = new Map((await overview.lastDone()).map(({ kind, at }) => [kind, at]));
    const known = await this.#callerOf(asked, done);
    const [repository, refusal] = await Promise.all([overview.repository(name), decide(known.caller, name)]);
    const stale =
      known.subject !== undefined && repository?.listed === true && refusal !== undefined
        ? await this.#options.freshness.staleReason(name, known.subject)
        : undefined;
    const facts = [
      ...repositoryFacts(name, repository, done),
      ...known.facts,
      ...grantFacts(known, repository, name),
    ];
    return {
      ...decisionOf(refusal, known, repository, stale),
      caller: known.shown,
      repository: name,
      facts,
      advice: adviceOf(refusal, known, repository, stale),
    };
  }

  async #callerOf(asked: AskedCaller, done: ReadonlyMap<string, string>): Promise<KnownCaller> {
    if (asked.user !== undefined) return this.#userOf(asked.user, done);
    if (asked.host !== undefined) return this.#hostOf(asked.host, [], done);
    if (asked.certificate === undefined)
      return { caller: ANONYMOUS, shown: { kind: "anonymous" }, facts: [], grants: [] };
    const verdict = this.#options.verdictOn(asked.certificate);
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

  async #userOf(login: string, done: ReadonlyMap<string, string>): Promise<KnownCaller> {
    const user = await this.#options.overview.user(login);
    if (user === undefined)
      return {
        caller: ANONYMOUS,
        shown: { kind: "user", name: login },
        facts: [fact("no user with this login has logged in here", "the database")],
        unknown: "Katello tells the grants of a user at the first login",
        grants: [],
      };
    const { id, login: name, tokens, grants } = user;
    const leftOut = user.left_out
      ? [fact("the last mapping of all users left this one out", "Katello's sync", done.get("user_grants"))]
      : [];
    return {
      caller: { kind: "user", id, name, token: { value: "", secondsLeft: 0 } },
      shown: { kind: "user", name, id },
      facts: [fact(`the user has ${tokens.length} valid tokens`, "logins", tokens[0]?.issued_at), ...leftOut],
      subject: { kind: "user", id },
      grants,
    };
  }

  async #hostOf(
    uuid: string,
    facts: readonly Fact[],
    done: ReadonlyMap<string, string>,
  ): Promise<KnownCaller> {
    const host = await this.#options.overview.host(uuid);
    if (host === undefined)
      return {
        caller: ANONYMOUS,
        shown: { kind: "host", name: uuid },
        facts: [...facts, fact("the host is not stored", "the database")],
        unknown: "Katello tells the grants of a host at its first request",
        grants: [],
      };
    const { id, grants } = host;
    const source = host.granted_at === undefined ? "Katello's sync" : "Katello, for this host";
    const at = later(host.granted_at, done.get("host_grants"));
    return {
      caller: { kind: "host", id, name: uuid },
      shown: { kind: "host", name: uuid, id },
      facts: [...facts, fact(`the host has ${grants.length} grants`, source, at)],
      subject: { kind: "host", id },
      grants,
    };
  }
}

function repositoryFacts(
  name: string,
  repository: Schemas["RepositoryDetails"] | undefined,
  done: ReadonlyMap<string, string>,
): Fact[] {
  const at = done.get("repositories");
  const source = "Katello's list of repositories";
  if (at === undefined && repository === undefined)
    return [fact("Katello has not sent its list of repositories yet", "Katello's sync")];
  if (repository?.listed !== true) return [fact(`${name} is not listed`, source, at)];
  const closed =
    repository.closed_at === undefined
      ? []
      : [fact("it was open to everybody until then", source, repository.closed_at)];
  return repository.auth_required
    ? [fact(`${name} requires authorization`, source, at), ...closed]
    : [fact(`${name} is open to everybody`, source, at)];
}

function grantFacts(
  { subject, grants }: KnownCaller,
  repository: Schemas["RepositoryDetails"] | undefined,
  name: string,
): Fact[] {
  if (subject === undefined || repository?.listed !== true || !repository.auth_required) return [];
  const source = `the grants of the ${subject.kind}`;
  return [fact(grants.includes(name) ? `${name} is granted` : `${name} is not granted`, source)];
}

type Verdict = Pick<Explanation, "decision" | "status" | "reason">;

const statusOf = (refusal: RegistryError): number => refusal.output.statusCode;

function decisionOf(
  refusal: RegistryError | undefined,
  { unknown, shown }: KnownCaller,
  repository: Schemas["RepositoryDetails"] | undefined,
  stale: StaleReason | undefined,
): Verdict {
  if (refusal === undefined) {
    const reason =
      repository?.auth_required === false
        ? "the repository is open to everybody"
        : `the repository is granted to this ${shown.kind}`;
    return { decision: "allowed", status: 200, reason };
  }
  const status = statusOf(refusal);
  if (status >= 500) return { decision: "unknown", status, reason: refusal.message };
  if (unknown !== undefined && repository?.listed === true)
    return { decision: "unknown", status, reason: unknown };
  if (stale !== undefined)
    return {
      decision: "unknown",
      status,
      reason: "the stored grants may be outdated: Katello is asked at the next pull",
    };
  return { decision: "refused", status, reason: refusal.data?.refusal?.why ?? refusal.message };
}

function adviceOf(
  refusal: RegistryError | undefined,
  { unknown, shown }: KnownCaller,
  repository: Schemas["RepositoryDetails"] | undefined,
  stale: StaleReason | undefined,
): string[] {
  if (refusal === undefined)
    return repository?.auth_required === false
      ? ["in Katello, turn off unauthenticated pull for its lifecycle environment, and sync the Smart Proxy"]
      : [`in Katello, take the repository from the ${shown.kind}, and sync the Smart Proxy`];
  if (statusOf(refusal) >= 500) return ["find out what is unavailable: container-gateway status"];
  if (repository?.listed !== true)
    return ["in Katello, publish the repository to an environment of this Smart Proxy, and sync it"];
  if (unknown !== undefined)
    return [shown.kind === "user" ? "log in once: podman login" : "let the host pull once"];
  if (stale !== undefined) return ["pull once: Katello is asked before the pull is refused"];
  if (shown.kind === "anonymous")
    return ["log in with an account that may pull it, or show a host's certificate"];
  return shown.kind === "user"
    ? ["in Foreman, give the user a role that may view the repository, and log in again or sync"]
    : ["in Katello, put the host into the repository's content view environment, and sync"];
}
