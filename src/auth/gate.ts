/** The gate before every repository: through, log in first, or as if nothing were there. */
import { registryError } from "../errors.ts";
import type { RepositoryFacts, Subject } from "../grants.ts";
import type { RepositoryName } from "../names.ts";
import type { Host, User, Visitor } from "../operations.ts";
import { isAllowed } from "./access.ts";
import { unauthorized } from "./challenge.ts";

/** Where the facts are kept. */
export interface FactLookup {
  /** Undefined for a repository that is not listed. */
  facts(name: RepositoryName, subject: Subject | undefined): Promise<RepositoryFacts | undefined>;
}

/** Who knows of grants that are not mapped yet. */
export interface UnmappedGrants {
  /** @throws RegistryError if that can't be said now */
  include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean>;
}

/** Who wants to see which repository. */
export interface Visit {
  readonly caller: Visitor;
  readonly path: { readonly name: RepositoryName };
  readonly requestId: string;
  /** Read for a challenge only. */
  readonly origin: string;
}

const NOT_OPEN = { why: "the repository is not listed, or not open to anonymous callers" };
const NOT_GRANTED = { why: "the repository is not listed, or not granted to this caller" };

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, or NAME_UNKNOWN */
export type Gate = (visit: Visit) => Promise<void>;

/** Makes the gate that knows what `repositories` knows, and asks `unmapped` where that is not the last word. */
export function createGate(repositories: FactLookup, unmapped: UnmappedGrants): Gate {
  return async (visit) => {
    const { caller, path, requestId } = visit;
    const { name } = path;
    const facts = await repositories.facts(name, caller.kind === "anonymous" ? undefined : caller);
    if (isAllowed(caller, facts)) return;
    if (caller.kind === "anonymous") {
      if (caller.unidentified !== undefined) throw caller.unidentified;
      const place = { origin: visit.origin, scope: `repository:${name}:pull` };
      throw unauthorized(place, caller.token ? "insufficient_scope" : undefined, caller.refused ?? NOT_OPEN);
    }
    if (facts?.wasOpen === true) {
      if (await unmapped.include(caller, name, requestId)) return;
      // Another request of the same caller may have asked Katello meanwhile, or Katello have pushed a mapping.
      if (isAllowed(caller, await repositories.facts(name, caller))) return;
    }
    throw registryError("NAME_UNKNOWN", { detail: { name }, refusal: NOT_GRANTED });
  };
}
