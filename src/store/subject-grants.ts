/** The grants of one user or host, as Katello told them of that one alone. */
import type { Announce } from "../database/change-feed/change-feed.ts";
import type { Queries } from "../database/database.ts";
import { named } from "../database/named-parameters.ts";
import { GRANT_TABLES, type SubjectKind } from "./grant-tables.ts";
import type { FetchTimes } from "./recency.ts";

/** What an answer about one subject settles: a host that is granted nothing may be one that Katello doesn't know yet. */
const SETTLED: Readonly<Record<SubjectKind, string>> = {
  users: "left_out = false",
  hosts:
    "unsettled = NOT EXISTS (SELECT FROM repositories r WHERE r.id = ANY($<repositories>::int[]) AND r.auth_required)",
};

/**
 * Who has spoken of a subject after Katello was asked about it; undefined if nobody has. A mapping of all counts in doubt,
 * for then Katello is asked again; another answer or push about this subject alone counts if it is surely later. The subject
 * stays as it is until the end of the transaction.
 * @param id undefined for a subject that is not known yet
 */
export async function changedSince(
  queries: Queries,
  kind: SubjectKind,
  id: number | undefined,
  { earliest, latest }: FetchTimes,
): Promise<"mapping" | "another" | undefined> {
  const { granted_at = null } =
    (await queries.oneOrNone<{ granted_at: string | null }>(
      `SELECT granted_at::text FROM ${kind} WHERE id = $1 FOR NO KEY UPDATE`,
      [id ?? null],
    )) ?? {};
  const { mapped, other } = await queries.one<{ mapped: boolean; other: boolean }>(
    ...named(
      `SELECT EXISTS (SELECT FROM pushes WHERE kind = $<mapping> AND outcome = 'done'
                       AND at > greatest($<earliest>, told) AND at <= clock_timestamp()) AS mapped,
            coalesce(told > $<latest>, false) AS other
       FROM (SELECT CASE WHEN $<granted_at>::timestamptz <= clock_timestamp() THEN $<granted_at>::timestamptz END AS told) t`,
      { mapping: GRANT_TABLES[kind].syncKind, granted_at, earliest, latest },
    ),
  );
  if (mapped) return "mapping";
  return other ? "another" : undefined;
}

/**
 * Makes the grants of one subject these, as a difference, and announces what that changes.
 * @param repositories ids
 */
export async function replaceSubjectGrants(
  queries: Queries,
  announce: Announce,
  kind: SubjectKind,
  { id, repositories, asked }: { id: number; repositories: readonly number[]; asked: FetchTimes },
): Promise<void> {
  const { table, subjectId } = GRANT_TABLES[kind];
  await queries.none(
    ...named(`UPDATE ${kind} SET granted_at = $<latest>, ${SETTLED[kind]} WHERE id = $<id>`, {
      id,
      latest: asked.latest,
      repositories,
    }),
  );
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
