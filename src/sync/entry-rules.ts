/** Validation of the entries of syncs. test/unit/sync-entries.test.ts compares it with the schemas of the contract. */

import { GRAMMAR } from "../generated/grammar.ts";
import { fits, isHostUuid, isRepositoryName, type Rule } from "../model/names.ts";
import type { ListedRepository, MappedGrant } from "../model/syncs.ts";
import type { GrantRow, HostRow, RepositoryRow } from "./body/read-body.ts";

/** Parses a boolean, case-insensitively; undefined for other values. */
function parseBoolean(value: string | boolean | undefined): boolean | undefined {
  if (value === "true" || value === true) return true;
  if (value === "false" || value === false) return false;
  const text = value?.toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** Validates an entry of the list of repositories; undefined if it violates the contract. */
export function listedRepository({ repository, auth_required }: RepositoryRow): ListedRepository | undefined {
  const authRequired = parseBoolean(auth_required);
  if (repository === undefined || !isRepositoryName(repository) || authRequired === undefined)
    return undefined;
  return { name: repository, authRequired };
}

/** Validates an entry of the list of hosts; undefined if it violates the contract. */
export const listedHost = ({ uuid }: HostRow): string | undefined => (isHostUuid(uuid) ? uuid : undefined);

/** Makes the validator of a mapping's entries. An open repository in a mapping grants nothing, and only names its subject. */
const grantOf =
  (rule: Rule) =>
  (row: GrantRow): MappedGrant | undefined => {
    const { entry, subject } = row;
    if (!fits(rule, subject)) return undefined;
    if (entry === 0) return { subject, repository: undefined };
    const listed = listedRepository(row);
    return listed && { subject, repository: listed.authRequired ? listed.name : undefined };
  };

/** Validates a grant of a user; undefined if the entry violates the contract. */
export const userGrant = grantOf(GRAMMAR.Login);
/** Validates a grant of a host; undefined if the entry violates the contract. */
export const hostGrant = grantOf(GRAMMAR.HostUuid);
