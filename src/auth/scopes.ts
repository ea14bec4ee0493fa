/** Scopes of a token request (distribution specification, "Token Scope Documentation"). */
import { isRepositoryName, type RepositoryName } from "../model/names.ts";

/** Type, name and actions; names of other registries' hosts may hold a port. */
const SCOPE = /^repository(?:\([a-z0-9]+\))?:(.+):([a-z*,]+)$/;
/** Repositories that one request may name to be looked up, at most. */
const MAX_REPOSITORIES = 16;

const split = (scopes: readonly string[]): string[] =>
  scopes.flatMap((scope) => scope.split(" ")).filter((scope) => scope !== "");

/** Whether a client names any scope: `podman login` does not, a pull with stored credentials does. */
export const namesScope = (scopes: readonly string[]): boolean => split(scopes).length > 0;

/**
 * The repositories that scopes ask to pull from, each once.
 * @returns nothing if a scope asks for something else, or there are none or too many
 */
export function pulledIn(scopes: readonly string[]): readonly RepositoryName[] {
  const names = new Set<RepositoryName>();
  for (const scope of split(scopes)) {
    const [, name = "", actions = ""] = SCOPE.exec(scope) ?? [];
    if (!isRepositoryName(name) || !actions.split(",").includes("pull")) return [];
    names.add(name);
  }
  return names.size > MAX_REPOSITORIES ? [] : [...names];
}
