/** The authorize before every repository: through, log in first, or as if nothing were there. */
import { registryError } from "../model/errors.ts";
import type { RepositoryFacts, Subject } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";
import { isAllowed } from "./access.ts";
import type { ResolveCaller, UnresolvedCall } from "./callers.ts";
import { unauthorized } from "./challenge.ts";

/** Where the facts are kept. */
export interface FactLookup {
  /** Undefined for a repository that is not listed. */
  facts(name: RepositoryName, subject: Subject | undefined): Promise<RepositoryFacts | undefined>;
}

/** Who knows of grants that are not mapped yet. */
export interface UnsyncedGrantLookup {
  /** @throws RegistryError if that can't be said now */
  include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean>;
}

/** A call about a repository. */
export interface RepositoryCall extends UnresolvedCall {
  readonly path: { readonly name: RepositoryName };
}

/** Dependencies of the authorize. */
export interface AuthorizeOptions {
  readonly repositories: FactLookup;
  readonly unsynced: UnsyncedGrantLookup;
  readonly resolveCaller: ResolveCaller;
}

const NOT_OPEN = { why: "the repository is not listed, or not open to anonymous callers" };
const NOT_GRANTED = { why: "the repository is not listed, or not granted to this caller" };

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, or NAME_UNKNOWN */
export type Authorize = (call: RepositoryCall) => Promise<void>;

/** Makes the authorize that knows what `repositories` knows, and asks `unsynced` where that is not the last word. */
export function createAuthorize({ repositories, unsynced, resolveCaller }: AuthorizeOptions): Authorize {
  /** Whether a repository is open to everybody. Credentials for an open one are not checked. */
  const isOpen = async (name: RepositoryName) =>
    (await repositories.facts(name, undefined))?.authRequired === false;

  return async (call) => {
    const { path, requestId } = call;
    const { name } = path;
    if (call.caller.kind === "login" && (await isOpen(name))) return;
    const caller =
      call.caller.kind === "login" ? await resolveCaller(call, `repository:${name}:pull`) : call.caller;
    const facts = await repositories.facts(name, caller.kind === "anonymous" ? undefined : caller);
    if (isAllowed(caller, facts)) return;
    if (caller.kind === "anonymous") {
      if (caller.unidentified !== undefined) throw caller.unidentified;
      const place = { origin: call.origin, scope: `repository:${name}:pull` };
      throw unauthorized(place, caller.token ? "insufficient_scope" : undefined, caller.refused ?? NOT_OPEN);
    }
    if (facts !== undefined) {
      if (await unsynced.include(caller, name, requestId)) return;
      // Another request of the same caller may have asked Katello meanwhile, or a sync have mapped it.
      if (isAllowed(caller, await repositories.facts(name, caller))) return;
    }
    throw registryError("NAME_UNKNOWN", { detail: { name }, refusal: NOT_GRANTED });
  };
}
