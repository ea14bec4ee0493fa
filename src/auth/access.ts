/** What a caller may see: a pure decision on facts. */
import type { RepositoryFacts, Subject } from "../model/grants.ts";
import type { ResolvedCaller } from "../model/operations.ts";

/**
 * Whose grants count for a caller; nobody's for an anonymous one.
 * @throws RegistryError for a host that can't be identified now: what it may see is not what all may see
 */
export function subjectOf(caller: ResolvedCaller): Subject | undefined {
  if (caller.kind !== "anonymous") return caller;
  if (caller.unidentified !== undefined) throw caller.unidentified;
  return undefined;
}

/**
 * Whether a caller may see a repository. What is not known is not allowed.
 * @param facts undefined for a repository that is not listed
 */
export const isAllowed = (caller: ResolvedCaller, facts: RepositoryFacts | undefined): boolean =>
  facts !== undefined && (!facts.authRequired || (caller.kind !== "anonymous" && facts.granted));
