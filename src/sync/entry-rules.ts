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

/**
 * Makes the validator of the entries of one mapping, whose names come for many subjects. An open repository in a mapping grants
 * nothing, and only names its subject.
 */
function grantRules(rule: Rule): (row: GrantRow) => MappedGrant | undefined {
  /** True at the places of valid names. */
  const isValidAt: true[] = [];
  let validSubject: string | undefined;
  const isSubject = (text: string) => {
    if (text === validSubject) return true;
    if (!fits(rule, text)) return false;
    validSubject = text;
    return true;
  };
  const isName = (text: string, place: number) => {
    if (isValidAt[place] === true) return true;
    if (!isRepositoryName(text)) return false;
    if (place >= 0) isValidAt[place] = true;
    return true;
  };
  return ({ entry, subject, repository, auth_required, place = -1 }) => {
    if (!isSubject(subject)) return undefined;
    if (entry === 0) return { subject, repository: undefined };
    const authRequired = parseBoolean(auth_required);
    if (repository === undefined || authRequired === undefined || !isName(repository, place))
      return undefined;
    return authRequired ? { subject, repository, place } : { subject, repository: undefined };
  };
}

/** Makes the validator of a mapping of users; it returns undefined for an entry that violates the contract. */
export const userGrants = () => grantRules(GRAMMAR.Login);
/** Makes the validator of a mapping of hosts; it returns undefined for an entry that violates the contract. */
export const hostGrants = () => grantRules(GRAMMAR.HostUuid);
