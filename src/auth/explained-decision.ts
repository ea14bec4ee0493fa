/** Decisions about pulls by what is stored, without Katello: they explain to operators what a pull would get. */
import { isRegistryError, type RegistryError } from "../model/errors.ts";
import type { RepositoryName } from "../model/names.ts";
import type { ResolvedCaller } from "../model/operations.ts";
import { type AuthorizeOptions, createAuthorize } from "./authorize.ts";

/** Decides whether a caller may pull a repository. @returns undefined if so, or the error of the pull */
export type StoredDecision = (
  caller: ResolvedCaller,
  name: RepositoryName,
) => Promise<RegistryError | undefined>;

/** Origin in a challenge that nobody sees. */
const ORIGIN = "https://localhost";

/** Creates the decisions from the very authorization of pulls. */
export function createStoredDecision(options: Omit<AuthorizeOptions, "unsynced">): StoredDecision {
  const authorize = createAuthorize({ ...options, unsynced: { include: async () => false } });
  return async (caller, name) => {
    try {
      await authorize({
        caller,
        path: { name },
        requestId: "explanation",
        address: undefined,
        origin: ORIGIN,
      });
      return undefined;
    } catch (error) {
      if (isRegistryError(error)) return error;
      throw error;
    }
  };
}
