/** The grants of one user or host, as Katello told them of that one alone. */
import type { Announce } from "../changes.ts";
import type { Queries } from "../database.ts";
import { HOSTS, type Mapping, USERS } from "./mapping-kinds.ts";
import { saidLater } from "./order.ts";

/** Whose grants they are. */
export type SubjectKind = "users" | "hosts";

const MAPPINGS: Readonly<Record<SubjectKind, Mapping>> = { users: USERS, hosts: HOSTS };

/**
 * Who has spoken of a subject after Katello was asked about it: a mapping of all, or another answer or push about this one;
 * undefined if nobody has. The subject stays as it is until the end of the transaction.
 * @param id undefined for a subject that is not known yet
 * @param came when Katello was asked, as `askedAt` says it
 */
export async function spokenSince(
  queries: Queries,
  kind: SubjectKind,
  id: number | undefined,
  came: string,
): Promise<"mapping" | "another" | undefined> {
  await queries.any(`SELECT FROM ${kind} WHERE id = $1 FOR NO KEY UPDATE`, [id ?? null]);
  const { mapped, other } = await queries.one<{ mapped: boolean; other: boolean }>(
    `SELECT EXISTS (SELECT FROM pushes WHERE kind = $<mapping> AND outcome = 'done' AND ${saidLater("at")}
                       AND (${saidLater("granted_at")} IS NOT TRUE OR at > granted_at)) AS mapped,
            coalesce(${saidLater("granted_at")}, false) AS other
       FROM (SELECT (SELECT granted_at FROM ${kind} WHERE id = $<id>) AS granted_at) subject`,
    { mapping: MAPPINGS[kind].kind, id: id ?? null, came },
  );
  if (mapped) return "mapping";
  return other ? "another" : undefined;
}

/**
 * Makes the grants of one subject these, as a difference, and announces what that changes.
 * @param repositories ids
 * @param came when Katello was asked, as `askedAt` says it
 */
export async function replaceOwnGrants(
  queries: Queries,
  announce: Announce,
  kind: SubjectKind,
  { id, repositories, came }: { id: number; repositories: readonly number[]; came: string },
): Promise<void> {
  const { table, subjectId } = MAPPINGS[kind];
  await queries.none(`UPDATE ${kind} SET granted_at = $2 WHERE id = $1`, [id, came]);
  const deleted = await queries.result(
    `DELETE FROM ${table} WHERE ${subjectId} = $1 AND repository_id <> ALL($2::int[])`,
    [id, repositories],
  );
  const added = await queries.result(
    `INSERT INTO ${table} (${subjectId}, repository_id)
     SELECT $1, id FROM unnest($2::int[]) AS wanted (id) ON CONFLICT DO NOTHING`,
    [id, repositories],
  );
  if (deleted.rowCount + added.rowCount > 0) await announce({ kind, keys: [String(id)] });
}
