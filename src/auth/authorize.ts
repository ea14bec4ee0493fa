/** Authorization for a repository: allow, challenge, or reply as if the repository did not exist. */
import { registryError } from "../model/errors.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Anonymous, Host, User } from "../model/operations.ts";
import type { ResolveCaller, UnresolvedCall } from "./basic-logins.ts";
import { unauthorized } from "./challenge.ts";
import type { FactLookup, FirstSyncCheck, OpenRepositoryLookup, UnsyncedGrantLookup } from "./ports.ts";
import { isAllowed } from "./pull-rule.ts";

/** A call about a repository. */
export interface RepositoryCall extends UnresolvedCall {
  readonly path: { readonly name: RepositoryName };
}

/** Dependencies of authorization. */
export interface AuthorizeOptions {
  readonly firstSync: FirstSyncCheck;
  readonly openRepositories: OpenRepositoryLookup;
  readonly repositories: FactLookup;
  readonly unsynced: UnsyncedGrantLookup;
  readonly resolveCaller: ResolveCaller;
}

const NOT_PUBLIC = { why: "the repository is not listed, or not open to anonymous callers" };
const NOT_GRANTED = { why: "the repository is not listed, or not granted to this caller" };

const pullScope = (name: RepositoryName): string => `repository:${name}:pull`;

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, NAME_UNKNOWN, or UNAVAILABLE before the first sync */
export type Authorize = (call: RepositoryCall) => Promise<void>;

/**
 * Creates the authorization. Anonymous callers get what is open. Stored facts decide about users and hosts; before one of
 * them is denied, `unsynced` is queried.
 */
export function createAuthorize(options: AuthorizeOptions): Authorize {
  const { firstSync, openRepositories, repositories, unsynced, resolveCaller } = options;

  function denyAnonymous({ path, origin }: RepositoryCall, caller: Anonymous): never {
    if (caller.unidentified !== undefined) throw caller.unidentified;
    const error = caller.token ? "insufficient_scope" : undefined;
    throw unauthorized({ origin, scope: pullScope(path.name) }, error, caller.refused ?? NOT_PUBLIC);
  }

  async function authorizeKnown(caller: User | Host, name: RepositoryName, requestId: string): Promise<void> {
    const facts = await repositories.facts(name, caller);
    if (isAllowed(facts)) return;
    if (facts !== undefined) {
      if (await unsynced.include(caller, name, requestId)) return;
      // Meanwhile another request of the same caller or a sync may have stored the grant.
      if (isAllowed(await repositories.facts(name, caller))) return;
    }
    throw registryError("NAME_UNKNOWN", { detail: { name }, refusal: NOT_GRANTED });
  }

  return async (call) => {
    if (!firstSync.isDone) await firstSync.require();
    const { name } = call.path;
    const { kind } = call.caller;
    // Credentials are not checked for an open repository.
    if ((kind === "anonymous" || kind === "login") && (await openRepositories.has(name))) return;
    const caller = kind === "login" ? await resolveCaller(call, pullScope(name)) : call.caller;
    if (caller.kind === "anonymous") denyAnonymous(call, caller);
    await authorizeKnown(caller, name, call.requestId);
  };
}
