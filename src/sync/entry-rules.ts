/** The entries of pushes: which keep the contract, and what they say. test/unit/sync-entries.test.ts holds this to its schemas. */

import { GRAMMAR } from "../generated/grammar.ts";
import { fits, isHostUuid, isRepositoryName, type Rule } from "../model/names.ts";
import type { ListedRepository, MappedGrant } from "../model/syncs.ts";
import type { GrantRow, HostRow, RepositoryRow } from "./body/read-body.ts";

/** True and false however they are written; undefined for what is neither. */
function truth(value: string | boolean | undefined): boolean | undefined {
  if (value === "true" || value === true) return true;
  if (value === "false" || value === false) return false;
  const text = value?.toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** An entry of the list of repositories; undefined if it breaks the contract. */
export function listedRepository({ repository, auth_required }: RepositoryRow): ListedRepository | undefined {
  const authRequired = truth(auth_required);
  if (repository === undefined || !isRepositoryName(repository) || authRequired === undefined)
    return undefined;
  return { name: repository, authRequired };
}

/** A host of the list of hosts; undefined if it breaks the contract. */
export const listedHost = ({ uuid }: HostRow): string | undefined => (isHostUuid(uuid) ? uuid : undefined);

/** An entry that needs no authorization is listed in a mapping too, but grants nothing: it only mentions its subject. */
const grantOf =
  (rule: Rule) =>
  (row: GrantRow): MappedGrant | undefined => {
    const { entry, subject } = row;
    if (!fits(rule, subject)) return undefined;
    if (entry === 0) return { subject, repository: undefined };
    const listed = listedRepository(row);
    return listed && { subject, repository: listed.authRequired ? listed.name : undefined };
  };

/** What a user is granted; undefined if the entry breaks the contract. */
export const userGrant = grantOf(GRAMMAR.Login);
/** What a host is granted; undefined if the entry breaks the contract. */
export const hostGrant = grantOf(GRAMMAR.HostUuid);
