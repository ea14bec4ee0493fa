/** The grants of one user or host, as Katello told them of that one alone. */
import type { Queries } from "../database.ts";
import { HOSTS, type Mapping, USERS } from "./mapping-kinds.ts";

/** Whose grants they are. */
export type SubjectKind = "users" | "hosts";

const MAPPINGS: Readonly<Record<SubjectKind, Mapping>> = { users: USERS, hosts: HOSTS };

/**
 * Grants one subject these repositories, beside those that it has.
 * @param repositories ids
 * @returns how many grants that made
 */
export async function addOwnGrants(
  queries: Queries,
  kind: SubjectKind,
  id: number,
  repositories: readonly number[],
): Promise<number> {
  const { table, subjectId } = MAPPINGS[kind];
  const { rowCount } = await queries.result(
    `INSERT INTO ${table} (${subjectId}, repository_id)
     SELECT $1, id FROM unnest($2::int[]) AS wanted (id) ON CONFLICT DO NOTHING`,
    [id, repositories],
  );
  return rowCount;
}

/**
 * Makes the grants of one subject these, as a difference.
 * @param repositories ids
 * @returns whether that changed any
 */
export async function replaceOwnGrants(
  queries: Queries,
  kind: SubjectKind,
  id: number,
  repositories: readonly number[],
): Promise<boolean> {
  const { table, subjectId } = MAPPINGS[kind];
  const { rowCount: deleted } = await queries.result(
    `DELETE FROM ${table} WHERE ${subjectId} = $1 AND repository_id <> ALL($2::int[])`,
    [id, repositories],
  );
  const added = await addOwnGrants(queries, kind, id, repositories);
  return deleted + added > 0;
}
