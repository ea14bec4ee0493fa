/** What a caller may see: a pure decision on facts. */
import type { RepositoryFacts } from "../grants.ts";
import type { Anonymous, User } from "../operations.ts";

/** `challenge`: log in first; `hidden`: as if the repository did not exist. */
export type Decision = "allow" | "challenge" | "hidden";

/** @param facts undefined for a repository that is not listed. What is not known is not allowed. */
export function decide(caller: Anonymous | User, facts: RepositoryFacts | undefined): Decision {
  if (facts !== undefined && (!facts.authRequired || (caller.kind === "user" && facts.granted)))
    return "allow";
  return caller.kind === "anonymous" ? "challenge" : "hidden";
}
