/**
 * Syncs of the mappings of users and hosts to repositories, applied as differences in one transaction. Names are numbered as
 * they arrive, so a staged grant is a pair of numbers, which the database replaces by ids.
 */

import type { Announce } from "../../database/change-feed/change-feed.ts";
import type { Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { Batches, MappedGrant } from "../../model/syncs.ts";
import type { Arrival } from "../../store/sync-order.ts";
import { HOSTS, type Mapping, ONE_HOST, USERS } from "./mapping-kinds.ts";
import { numberedGrants } from "./numbered-grants.ts";
import { stage } from "./staging.ts";
import type { SyncWork } from "./syncs.ts";
import { isWorthRebuilding, rebuild } from "./table-rebuild.ts";

/** Creates temporary tables that map numbers to names, and adds new subjects and repositories. */
async function resolve(
  queries: Queries,
  { subjects, key, fold, newSubject, newer, mark }: Mapping,
  arrival: Arrival,
): Promise<void> {
  await queries.none(
    `CREATE TEMPORARY TABLE subjects ON COMMIT DROP AS
     SELECT subject AS number, name, ${fold === undefined ? "name" : 'key COLLATE "C"'} AS key FROM incoming WHERE repository IS NULL`,
  );
  await queries.none(
    `CREATE TEMPORARY TABLE named ON COMMIT DROP AS
     SELECT repository AS number, name COLLATE "C" AS name FROM incoming WHERE subject IS NULL`,
  );
  await queries.none(
    `INSERT INTO ${subjects} (${newSubject[0]}) SELECT ${newSubject[1]} FROM subjects m
      WHERE NOT EXISTS (SELECT FROM ${subjects} s WHERE s.${key} = m.key)
      GROUP BY key ORDER BY key ON CONFLICT DO NOTHING`,
  );
  await queries.none(
    `INSERT INTO repositories (name, auth_required, listed) SELECT DISTINCT name, true, false FROM named n
      WHERE NOT EXISTS (SELECT FROM repositories r WHERE r.name = n.name) ORDER BY name ON CONFLICT DO NOTHING`,
  );
  await queries.none(
    ...named(
      `CREATE TEMPORARY TABLE newer ON COMMIT DROP AS SELECT s.id FROM ${subjects} s WHERE ${newer}`,
      arrival,
    ),
  );
  await queries.none("ANALYZE subjects, named, newer");
  if (mark !== undefined) await queries.none(...named(mark, arrival));
}

/** Returns SQL that selects the synced grants, in the columns of the table. */
const wanted = ({ subjectId, subjects, key }: Mapping): string =>
  `SELECT s.id AS ${subjectId}, r.id AS repository_id FROM incoming i
     JOIN (SELECT m.number, s.id FROM subjects m JOIN ${subjects} s ON s.${key} = m.key
            WHERE s.id NOT IN (SELECT id FROM newer)) s ON s.number = i.subject
     JOIN (SELECT n.number, r.id FROM named n JOIN repositories r ON r.name = n.name) r ON r.number = i.repository`;

/** Creates the temporary table `difference`, and resolves to its number of rows. */
async function compare(queries: Queries, mapping: Mapping): Promise<number> {
  const { table, subjectId, scope } = mapping;
  const { rowCount } = await queries.result(
    `CREATE TEMPORARY TABLE difference ON COMMIT DROP AS
     SELECT ${subjectId}, repository_id, stored.there IS NULL AS added
       FROM (SELECT *, true AS there FROM (${wanted(mapping)}) w) wanted
       FULL JOIN (SELECT ${subjectId}, repository_id, true AS there FROM ${table} g WHERE ${scope}) stored
      USING (${subjectId}, repository_id)
      WHERE stored.there IS NULL OR wanted.there IS NULL`,
  );
  return rowCount;
}

/** Maximum number of announced subjects. If more have changed, the announcement is for all. */
const MAX_ANNOUNCED = 1_000;

async function changedSubjects(
  queries: Queries,
  { subjectId }: Mapping,
  differences: number,
): Promise<string[] | undefined> {
  if (differences > 100 * MAX_ANNOUNCED) return undefined;
  const rows = await queries.any<{ id: number }>(
    `SELECT DISTINCT ${subjectId} AS id FROM difference LIMIT $1`,
    [MAX_ANNOUNCED + 1],
  );
  return rows.length > MAX_ANNOUNCED ? undefined : rows.map(({ id }) => String(id));
}

/** Counts the entries that name unlisted repositories. */
async function countUnknown(queries: Queries): Promise<number> {
  const unlisted = await queries.any<{ number: number }>(
    "SELECT number FROM named n JOIN repositories r ON r.name = n.name WHERE NOT r.listed",
  );
  if (unlisted.length === 0) return 0;
  const { count } = await queries.one<{ count: number }>(
    "SELECT count(*)::int AS count FROM incoming WHERE subject IS NOT NULL AND repository = ANY($1::int[])",
    [unlisted.map(({ number }) => number)],
  );
  return count;
}

/** Applies the mapping as a difference, row by row. */
async function applyDifference(queries: Queries, mapping: Mapping, announce: Announce) {
  const { table, subjectId, subjects, primaryKey } = mapping;
  const differences = await compare(queries, mapping);
  if (differences === 0) return { inserted: 0, deleted: 0 };
  await queries.none("ANALYZE difference");
  const deleted = await queries.result(
    `DELETE FROM ${table} g USING difference d
      WHERE NOT d.added AND g.${subjectId} = d.${subjectId} AND g.repository_id = d.repository_id`,
  );
  // Sorted like the primary key, and distinct. The lock excludes other writers, so ON CONFLICT is not needed.
  const inserted = await queries.result(
    `INSERT INTO ${table} (${primaryKey})
     SELECT DISTINCT ${primaryKey} FROM difference WHERE added ORDER BY ${primaryKey}`,
  );
  await announce({ kind: subjects, keys: await changedSubjects(queries, mapping, differences) });
  return { inserted: inserted.rowCount, deleted: deleted.rowCount };
}

/** Rebuilds the table with the mapping, if that is faster and possible. */
async function applyWhole(queries: Queries, mapping: Mapping, announce: Announce) {
  const { table, subjectId, subjects, scope } = mapping;
  if (!(await isWorthRebuilding(queries, mapping))) return undefined;
  const others = `SELECT ${subjectId}, repository_id FROM ${table} g WHERE NOT (${scope})`;
  const change = await rebuild(queries, mapping, `${wanted(mapping)} UNION ALL ${others}`);
  if (change !== undefined) await announce({ kind: subjects, keys: undefined });
  return change;
}

const mappingWork = (mapping: Mapping, batches: Batches<MappedGrant>): SyncWork => ({
  kind: mapping.kind,
  locks: mapping.locks,
  stage: (queries, connection) => stage(queries, connection, batches, numberedGrants(mapping.fold)),
  apply: async (queries, announce, arrival) => {
    await resolve(queries, mapping, arrival);
    const unknown = await countUnknown(queries);
    const change =
      (await applyWhole(queries, mapping, announce)) ?? (await applyDifference(queries, mapping, announce));
    return { ...change, unknown };
  },
});

/** Replaces the grants of all users. */
export const userGrantsWork = (batches: Batches<MappedGrant>): SyncWork => mappingWork(USERS, batches);
/** Replaces the grants of all hosts. */
export const hostGrantsWork = (batches: Batches<MappedGrant>): SyncWork => mappingWork(HOSTS, batches);
/** Replaces the grants of the named hosts only. */
export const oneHostGrantsWork = (batches: Batches<MappedGrant>): SyncWork => mappingWork(ONE_HOST, batches);
