/** Scopes of a token request (distribution specification, "Token Scope Documentation"). */
import { isRepositoryName, type RepositoryName } from "../model/names.ts";

/** Type, name and actions; the name may contain another registry's host and port. */
const SCOPE = /^repository(?:\([a-z0-9]+\))?:(.+):([a-z*,]+)$/;
/** Maximum number of repositories that are looked up for one request. */
const MAX_REPOSITORIES = 16;

const split = (scopes: readonly string[]): string[] =>
  scopes.flatMap((scope) => scope.split(" ")).filter((scope) => scope !== "");

/** True if the request names a scope: `podman login` does not, a pull with stored credentials does. */
export const hasScope = (scopes: readonly string[]): boolean => split(scopes).length > 0;

/**
 * Distinct repositories that the scopes request `pull` for.
 * @returns an empty list if a scope requests something else, or if there are too many
 */
export function repositoriesToPull(scopes: readonly string[]): readonly RepositoryName[] {
  const names = new Set<RepositoryName>();
  for (const scope of split(scopes)) {
    const [, name = "", actions = ""] = SCOPE.exec(scope) ?? [];
    if (!isRepositoryName(name) || !actions.split(",").includes("pull")) return [];
    names.add(name);
  }
  return names.size > MAX_REPOSITORIES ? [] : [...names];
}
