/** Access decisions, as pure functions of stored facts. */
import type { RepositoryFacts, Subject } from "../model/grants.ts";
import type { ResolvedCaller } from "../model/operations.ts";

/**
 * Returns the subject whose grants apply to a caller; undefined for an anonymous caller.
 * @throws RegistryError for a host that can't be identified now: it must not be treated as anonymous
 */
export function subjectOf(caller: ResolvedCaller): Subject | undefined {
  if (caller.kind !== "anonymous") return caller;
  if (caller.unidentified !== undefined) throw caller.unidentified;
  return undefined;
}

/**
 * True if a user or host may pull from a repository. Unknown repositories are denied.
 * @param facts undefined for a repository that is not listed
 */
export const isAllowed = (facts: RepositoryFacts | undefined): boolean =>
  facts !== undefined && (!facts.authRequired || facts.granted);
