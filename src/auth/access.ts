/** What a caller may see: a pure decision on facts. */
import type { RepositoryFacts, Subject } from "../grants.ts";
import type { Visitor } from "../operations.ts";

/** Whose grants count for a caller; nobody's for an anonymous one. */
export const subjectOf = (caller: Visitor): Subject | undefined =>
  caller.kind === "anonymous" ? undefined : caller;

/** `challenge`: log in first; `hidden`: as if the repository did not exist. */
export type Access = "allow" | "challenge" | "hidden";

/** @param facts undefined for a repository that is not listed. What is not known is not allowed. */
export function decide(caller: Visitor, facts: RepositoryFacts | undefined): Access {
  if (facts !== undefined && (!facts.authRequired || (caller.kind !== "anonymous" && facts.granted)))
    return "allow";
  return caller.kind === "anonymous" ? "challenge" : "hidden";
}
