/** The gate before every repository: through, log in first, or as if nothing were there. */
import { registryError } from "../errors.ts";
import type { RepositoryFacts, Subject } from "../grants.ts";
import type { RepositoryName } from "../names.ts";
import type { Visitor } from "../operations.ts";
import { decide, subjectOf } from "./access.ts";
import { unauthorized } from "./challenge.ts";

/** Where the facts are kept. */
export interface FactLookup {
  facts(name: RepositoryName, subject: Subject | undefined): Promise<RepositoryFacts | undefined>;
}

/** Who wants to see which repository. */
export interface Visit {
  readonly caller: Visitor;
  readonly path: { readonly name: RepositoryName };
  /** Read for a challenge only. */
  readonly origin: string;
}

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, or NAME_UNKNOWN */
export type Gate = (visit: Visit) => Promise<void>;

/** Makes the gate that knows what `repositories` knows. */
export function createGate(repositories: FactLookup): Gate {
  return async (visit) => {
    const {
      caller,
      path: { name },
    } = visit;
    const decision = decide(caller, await repositories.facts(name, subjectOf(caller)));
    if (decision === "hidden") {
      const refusal = { why: "the repository is not listed, or not granted to this caller" };
      throw registryError("NAME_UNKNOWN", { detail: { name }, refusal });
    }
    if (decision === "challenge") {
      const place = { origin: visit.origin, scope: `repository:${name}:pull` };
      throw unauthorized(
        place,
        caller.kind === "anonymous" && caller.token ? "insufficient_scope" : undefined,
        "the repository is not listed, or not open to anonymous callers",
      );
    }
  };
}
