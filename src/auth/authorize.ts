/** Authorization for a repository: allow, challenge, or reply as if the repository did not exist. */
import { registryError } from "../model/errors.ts";
import type { RepositoryName } from "../model/names.ts";
import { isAllowed } from "./access.ts";
import type { ResolveCaller, UnresolvedCall } from "./basic-logins.ts";
import { unauthorized } from "./challenge.ts";
import type { FactLookup, UnsyncedGrantLookup } from "./ports.ts";

/** A call about a repository. */
export interface RepositoryCall extends UnresolvedCall {
  readonly path: { readonly name: RepositoryName };
}

/** Dependencies of authorization. */
export interface AuthorizeOptions {
  readonly repositories: FactLookup;
  readonly unsynced: UnsyncedGrantLookup;
  readonly resolveCaller: ResolveCaller;
}

const NOT_PUBLIC = { why: "the repository is not listed, or not open to anonymous callers" };
const NOT_GRANTED = { why: "the repository is not listed, or not granted to this caller" };

/** @throws RegistryError UNAUTHORIZED with a challenge for this repository, or NAME_UNKNOWN */
export type Authorize = (call: RepositoryCall) => Promise<void>;

/** Creates the authorization, which decides on stored facts and queries `unsynced` before it denies a known caller. */
export function createAuthorize({ repositories, unsynced, resolveCaller }: AuthorizeOptions): Authorize {
  /** True for a repository that anonymous callers may pull. Credentials are not checked for such a repository. */
  const isPublic = async (name: RepositoryName) =>
    (await repositories.facts(name, undefined))?.authRequired === false;

  return async (call) => {
    const { path, requestId } = call;
    const { name } = path;
    if (call.caller.kind === "login" && (await isPublic(name))) return;
    const caller =
      call.caller.kind === "login" ? await resolveCaller(call, `repository:${name}:pull`) : call.caller;
    const facts = await repositories.facts(name, caller.kind === "anonymous" ? undefined : caller);
    if (isAllowed(caller, facts)) return;
    if (caller.kind === "anonymous") {
      if (caller.unidentified !== undefined) throw caller.unidentified;
      const place = { origin: call.origin, scope: `repository:${name}:pull` };
      throw unauthorized(
        place,
        caller.token ? "insufficient_scope" : undefined,
        caller.refused ?? NOT_PUBLIC,
      );
    }
    if (facts !== undefined) {
      if (await unsynced.include(caller, name, requestId)) return;
      // Meanwhile another request of the same caller or a sync may have stored the grant.
      if (isAllowed(caller, await repositories.facts(name, caller))) return;
    }
    throw registryError("NAME_UNKNOWN", { detail: { name }, refusal: NOT_GRANTED });
  };
}
