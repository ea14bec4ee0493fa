/** Explains whether a caller may pull a repository: the decision, the facts behind it, and what would change it. */
import type { components } from "../../generated/openapi.ts";
import type { RegistryError } from "../../model/errors.ts";
import type { StaleReason, Subject } from "../../model/grants.ts";
import type { RepositoryName } from "../../model/names.ts";
import type { ResolvedCaller } from "../../model/operations.ts";
import type { StoredRepository } from "../../store/overview.ts";
import { adviceOf } from "./advice.ts";
import { type AskedCaller, type CallerSources, ExplainedCallers } from "./callers.ts";
import { grantFacts, repositoryFacts } from "./facts.ts";
import { decisionOf } from "./verdict.ts";

type Schemas = components["schemas"];
/** An explanation, in the form of the contract. */
export type Explanation = Schemas["Explanation"];

/** Sources of explanations. */
export interface ExplanationOptions extends CallerSources {
  readonly overview: CallerSources["overview"] & {
    repository(name: string): Promise<StoredRepository | undefined>;
    /** Times of the last successful sync of each kind. */
    lastDone(): Promise<{ readonly kind: Schemas["SyncKind"]; readonly at: string }[]>;
  };
  readonly freshness: { staleReason(name: string, subject: Subject): Promise<StaleReason | undefined> };
  /** The decision of pulls. */
  decide(caller: ResolvedCaller, name: RepositoryName): Promise<RegistryError | undefined>;
}

/** Explains decisions. */
export class Explanations {
  readonly #options: ExplanationOptions;
  readonly #callers: ExplainedCallers;

  constructor(options: ExplanationOptions) {
    this.#options = options;
    this.#callers = new ExplainedCallers(options);
  }

  /** @throws RegistryError UNAVAILABLE while the database is unreachable */
  async explain(asked: AskedCaller, name: RepositoryName): Promise<Explanation> {
    const { overview, decide } = this.#options;
    const done = new Map((await overview.lastDone()).map(({ kind, at }) => [kind, at]));
    const known = await this.#callers.find(asked, done);
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
}
