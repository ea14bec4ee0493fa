/**
 * Syncs of the mappings of users and hosts to repositories, applied as differences in one transaction. Names are numbered as
 * they arrive, so a grant is a pair of numbers. Up to a bound the grants stay in memory, and only the differences are sent to the
 * database; beyond it all are, and the database replaces the numbers by ids and compares.
 */

import type { Announce } from "../../database/change-feed/change-feed.ts";
import type { Connection, Queries } from "../../database/database.ts";
import type { Batches, MappedGrant } from "../../model/syncs.ts";
import type { GrantLists } from "./grant-lists.ts";
import { MAX_HELD_GRANTS } from "./held-grants.ts";
import { createTable, stageAll, stageDifference } from "./held-rows.ts";
import { compareStaged, numbered } from "./in-database-comparison.ts";
import { compareWithStored, identified } from "./in-memory-comparison.ts";
import { HOSTS, type Mapping, ONE_HOST, USERS } from "./mapping-kinds.ts";
import { NumberedGrants } from "./numbered-grants.ts";
import { countUnknown, resolve } from "./resolved-names.ts";
import { stage } from "./staging.ts";
import type { StepTimes } from "./step-times.ts";
import type { SyncWork } from "./syncs.ts";
import { isWorthRebuilding, rebuild } from "./table-rebuild.ts";

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

/** A mapping that is being applied. */
interface Applying {
  readonly mapping: Mapping;
  readonly queries: Queries;
  readonly connection: Connection;
  readonly announce: Announce;
  readonly times: StepTimes;
}

/** Writes the temporary table `difference`, row by row. @param differences number of its rows */
async function applyDifference({ queries, mapping, announce, times }: Applying, differences: number) {
  const { table, subjectId, subjects, primaryKey } = mapping;
  times.end("compare");
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

/** Rebuilds the table with the mapping. @param create as in {@link rebuild} */
async function applyWhole(
  { queries, mapping, announce, times }: Applying,
  create: (name: string) => Promise<number>,
) {
  times.end("compare");
  const change = await rebuild(queries, mapping, create);
  if (change !== undefined) await announce({ kind: mapping.subjects, keys: undefined });
  else times.end("write");
  return change;
}

/** Returns SQL that selects the grants that the mapping does not cover, which a new table must have, too. */
const others = ({ table, primaryKey, scope }: Mapping): string =>
  `SELECT ${primaryKey} FROM ${table} g WHERE NOT (${scope})`;

/** Applies grants that are in the database, with numbers. */
async function applyNumbered(applying: Applying, grants: number) {
  const { queries, mapping } = applying;
  const { primaryKey: key } = mapping;
  if (await isWorthRebuilding(queries, mapping, grants)) {
    const select = `SELECT ${key} FROM (${numbered(mapping)}) w UNION ${others(mapping)} ORDER BY ${key}`;
    const create = async (name: string) =>
      (await queries.result(`CREATE TABLE ${name} AS ${select}`)).rowCount;
    const change = await applyWhole(applying, create);
    if (change !== undefined) return change;
  }
  return applyDifference(applying, await compareStaged(queries, mapping, numbered(mapping)));
}

/** Applies grants that are in memory. If they differ in too many rows, the database compares them. */
async function applyHeld(applying: Applying, grants: GrantLists, maxHeld: number) {
  const { queries, connection, mapping } = applying;
  if (await isWorthRebuilding(queries, mapping, grants.size)) {
    const create = (name: string) => createTable(queries, connection, mapping, name, grants, others(mapping));
    const change = await applyWhole(applying, create);
    if (change !== undefined) return change;
  }
  const difference = await compareWithStored(connection, mapping, grants, maxHeld);
  if (difference !== undefined)
    return applyDifference(applying, await stageDifference(queries, connection, mapping, difference));
  await stageAll(queries, connection, mapping, grants);
  return applyDifference(applying, await compareStaged(queries, mapping, "SELECT * FROM mapped"));
}

function mappingWork(mapping: Mapping, batches: Batches<MappedGrant>, maxHeld: number): SyncWork {
  const staging = new NumberedGrants(maxHeld, mapping.fold);
  return {
    kind: mapping.kind,
    locks: mapping.locks,
    stage: (queries, connection) => stage(queries, connection, batches, staging),
    apply: async (queries, announce, arrival, connection, times) => {
      await resolve(queries, mapping, arrival);
      const unknown = await countUnknown(queries, staging.held);
      const grants = await staging.identified((held) => identified(connection, mapping, held));
      const applying = { mapping, queries, connection, announce, times };
      const change =
        grants === undefined
          ? await applyNumbered(applying, staging.grants)
          : await applyHeld(applying, grants, maxHeld);
      return { ...change, unknown };
    },
  };
}

/** Makes the work of each kind of mapping. @param maxHeld number of grants of a mapping that may stay in memory */
export const mappingWorks = (maxHeld = MAX_HELD_GRANTS) => {
  const workOf = (mapping: Mapping) => (batches: Batches<MappedGrant>) =>
    mappingWork(mapping, batches, maxHeld);
  return {
    /** Replaces the grants of all users. */
    userGrants: workOf(USERS),
    /** Replaces the grants of all hosts. */
    hostGrants: workOf(HOSTS),
    /** Replaces the grants of the named hosts only. */
    oneHostGrants: workOf(ONE_HOST),
  };
};
