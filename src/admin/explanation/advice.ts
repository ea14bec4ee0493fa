/** Advice to operators: what would have to change for the opposite decision. */

import type { RegistryError } from "../../model/errors.ts";
import type { StaleReason } from "../../model/grants.ts";
import type { StoredRepository } from "../../store/overview.ts";
import type { KnownCaller } from "./callers.ts";
import { statusOf } from "./verdict.ts";

/** Returns the advice. It begins with the login, for a user without a valid token. */
export function adviceOf(
  refusal: RegistryError | undefined,
  known: KnownCaller,
  repository: StoredRepository | undefined,
  stale: StaleReason | undefined,
): string[] {
  const needsLogin =
    known.isLoggedOut === true && repository?.listed === true && repository.auth_required === true;
  return [
    ...(needsLogin ? ["log in first: podman login"] : []),
    ...changesFor(refusal, known, repository, stale),
  ];
}

function changesFor(
  refusal: RegistryError | undefined,
  { unknown, shown }: KnownCaller,
  repository: StoredRepository | undefined,
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
