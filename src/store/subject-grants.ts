/** Grants of one user or host, fetched from Katello for this subject alone. */
import type { Announce } from "../database/change-feed/change-feed.ts";
import type { Queries } from "../database/database.ts";
import { named } from "../database/named-parameters.ts";
import { GRANT_TABLES, type SubjectKind } from "./grant-tables.ts";
import type { FetchTimes } from "./recency.ts";

/** Assignments after a fetch for one subject. A host without grants may be one that Katello does not have yet. */
const AFTER_FETCH: Readonly<Record<SubjectKind, string>> = {
  users: "left_out = false",
  hosts:
    "unsettled = NOT EXISTS (SELECT FROM repositories r WHERE r.id = ANY($<repositories>::int[]) AND r.auth_required)",
};

/**
 * Determines if newer data has arrived since a fetch: a mapping of all subjects, or another fetch or sync of this subject
 * alone; undefined if none has. A mapping counts even if it may be older, because Katello is then queried again; the other kind
 * counts only if it is certainly newer. Locks the subject until the end of the transaction.
 * @param id undefined for a subject that is not stored yet
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
                       AND at > greatest($<earliest>, granted) AND at <= clock_timestamp()) AS mapped,
            coalesce(granted > $<latest>, false) AS other
       FROM (SELECT CASE WHEN $<granted_at>::timestamptz <= clock_timestamp() THEN $<granted_at>::timestamptz END AS granted) t`,
      { mapping: GRANT_TABLES[kind].syncKind, granted_at, earliest, latest },
    ),
  );
  if (mapped) return "mapping";
  return other ? "another" : undefined;
}

/**
 * Replaces the grants of one subject as a difference, and announces the change.
 */
export async function replaceSubjectGrants(
  queries: Queries,
  announce: Announce,
  kind: SubjectKind,
  { id, repositories, asked }: { id: number; repositories: readonly number[]; asked: FetchTimes },
): Promise<void> {
  const { table, subjectId } = GRANT_TABLES[kind];
  await queries.none(
    ...named(`UPDATE ${kind} SET granted_at = $<latest>, ${AFTER_FETCH[kind]} WHERE id = $<id>`, {
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
