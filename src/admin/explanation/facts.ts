/** Facts behind a decision: what they say, who told them, and when. */
import type { components } from "../../generated/openapi.ts";
import type { StoredRepository } from "../../store/overview.ts";

type Schemas = components["schemas"];
/** A fact, in the form of the contract. */
export type Fact = Schemas["Explanation"]["facts"][number];
/** Times of the last successful sync of each kind. */
export type LastSyncs = ReadonlyMap<string, string>;
/** Source of a fact, and its time if it is known. */
export type Provenance = Pick<Fact, "source" | "at">;

/** Makes a fact of a text, its source, and its time if it is known. */
export const fact = (text: string, source: string, at?: string): Fact => ({
  text,
  source,
  ...(at === undefined ? {} : { at }),
});

/**
 * Source of stored grants: the reply of Katello for this caller alone, or a later sync of all grants. The grants of a caller
 * whom the plugin left have neither.
 * @param told time of the reply for this caller
 * @param synced time of the last sync of all grants
 */
export function provenanceOf(
  kind: "user" | "host",
  told: string | undefined,
  synced: string | undefined,
): Provenance {
  if (told === undefined && synced === undefined) return { source: "the database" };
  const isOwn = told !== undefined && (synced === undefined || Date.parse(told) >= Date.parse(synced));
  if (isOwn) return { source: `Katello, for this ${kind}`, at: told };
  return { source: "Katello's sync", ...(synced === undefined ? {} : { at: synced }) };
}

/** Facts about a repository. */
export function repositoryFacts(
  name: string,
  repository: StoredRepository | undefined,
  done: LastSyncs,
): Fact[] {
  const at = done.get("repositories");
  const source = "Katello's list of repositories";
  if (at === undefined && repository === undefined)
    return [fact("Katello has not sent its list of repositories yet", "Katello's sync")];
  if (repository?.listed !== true) return [fact(`${name} is not listed`, source, at)];
  const closed =
    repository.closed_at === undefined
      ? []
      : [fact("it was open to everybody until then", source, repository.closed_at)];
  return repository.auth_required
    ? [fact(`${name} requires authorization`, source, at), ...closed]
    : [fact(`${name} is open to everybody`, source, at)];
}

/** Grants of a caller. */
export interface StoredGrants {
  readonly grants: readonly string[];
  /** Source and time of the grants; undefined if nothing is stored about the caller. */
  readonly granted?: Provenance;
}

/** Facts about the grant of a repository, if one is needed. */
export function grantFacts(
  { grants, granted }: StoredGrants,
  repository: StoredRepository | undefined,
  name: string,
): Fact[] {
  if (granted === undefined || repository?.listed !== true || !repository.auth_required) return [];
  const { source, at } = granted;
  return [fact(grants.includes(name) ? `${name} is granted` : `${name} is not granted`, source, at)];
}
