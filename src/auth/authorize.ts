/** The gate before every repository: through, log in first, or as if nothing were there. */
import { registryError } from "../model/errors.ts";
import type { RepositoryFacts, Subject } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";
import { isAllowed } from "./access.ts";
import type { Visited, VisitorOf } from "./callers.ts";
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

/** A call about a repository. */
export interface Visit extends Visited {
  readonly path: { readonly name: RepositoryName };
}

/** Dependencies of the gate. */
export interface GateOptions {
  readonly repositories: FactLookup;
  readonly unmapped: UnmappedGrants;
  readonly visitorOf: VisitorOf;
}

const NOT_OPEN = { why: "the repository is not listed, or not open to anonymous callers" };
const NOT_GRANTED = { why: "the repository is not listed, or not granted to this caller" };

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, or NAME_UNKNOWN */
export type Gate = (visit: Visit) => Promise<void>;

/** Makes the gate that knows what `repositories` knows, and asks `unmapped` where that is not the last word. */
export function createGate({ repositories, unmapped, visitorOf }: GateOptions): Gate {
  /** Whether a repository is open to everybody. Credentials for an open one are not checked. */
  const isOpen = async (name: RepositoryName) =>
    (await repositories.facts(name, undefined))?.authRequired === false;

  return async (visit) => {
    const { path, requestId } = visit;
    const { name } = path;
    if (visit.caller.kind === "login" && (await isOpen(name))) return;
    const caller =
      visit.caller.kind === "login" ? await visitorOf(visit, `repository:${name}:pull`) : visit.caller;
    const facts = await repositories.facts(name, caller.kind === "anonymous" ? undefined : caller);
    if (isAllowed(caller, facts)) return;
    if (caller.kind === "anonymous") {
      if (caller.unidentified !== undefined) throw caller.unidentified;
      const place = { origin: visit.origin, scope: `repository:${name}:pull` };
      throw unauthorized(place, caller.token ? "insufficient_scope" : undefined, caller.refused ?? NOT_OPEN);
    }
    if (facts !== undefined) {
      if (await unmapped.include(caller, name, requestId)) return;
      // Another request of the same caller may have asked Katello meanwhile, or a sync have mapped it.
      if (isAllowed(caller, await repositories.facts(name, caller))) return;
    }
    throw registryError("NAME_UNKNOWN", { detail: { name }, refusal: NOT_GRANTED });
  };
}
