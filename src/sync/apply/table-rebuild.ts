/**
 * A mapping that is filled for the first time is written into a table of its own, whose indexes are built once and not
 * row by row. That takes a third of the time, and the old table is only locked while the two change places.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queries } from "../../database/database.ts";
import { errorCode } from "../../model/error-text.ts";

/** The table of a mapping. */
export interface MappingTable {
  readonly table: string;
  /** The columns of its primary key, in their order. */
  readonly primaryKey: string;
  /** The columns of its other index. */
  readonly otherIndex: { readonly name: string; readonly columns: string };
}

/** Fewer rows than these are quick enough one by one. */
const MIN_ROWS = 200_000;
/** Whoever reads waits this long at most, in milliseconds, for a change of places that has to wait itself. */
const LOCK_TIMEOUT_MS = 50;
const MAX_ATTEMPTS = 20;

/** Whether the rows to come are many, those that are there few, and nothing hangs on the table that would be lost. */
export async function isWorthRebuilding(queries: Queries, { table }: MappingTable): Promise<boolean> {
  const { worth } = await queries.one<{ worth: boolean }>(
    `SELECT c.relacl IS NULL AND pg_has_role(c.relowner, 'USAGE')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass)
            AND NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = c.oid)
            AND i.reltuples > $1
            AND (SELECT count(*) FROM (SELECT FROM ${table} LIMIT $1) few) < least($1, i.reltuples / 10) AS worth
       FROM pg_class c, pg_class i WHERE c.oid = $2::regclass AND i.oid = 'incoming'::regclass`,
    [MIN_ROWS, table],
  );
  return worth;
}

async function lockOut(queries: Queries, table: string): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    await queries.none(`SAVEPOINT locked; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    try {
      await queries.none(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return true;
    } catch (error) {
      if (errorCode(error) !== "55P03") throw error;
      await queries.none("ROLLBACK TO SAVEPOINT locked");
      await sleep(LOCK_TIMEOUT_MS);
    }
  }
  return false;
}

/**
 * Makes the rows of `select`, in the columns of the key, those of the table.
 * @returns how many rows came and went; undefined if somebody reads the table for so long that it must stay
 */
export async function rebuild(
  queries: Queries,
  { table, primaryKey: key, otherIndex }: MappingTable,
  select: string,
): Promise<{ inserted: number; deleted: number } | undefined> {
  const { rowCount } = await queries.result(
    `CREATE TABLE ${table}_new AS SELECT DISTINCT ${key} FROM (${select}) rows ORDER BY ${key}`,
  );
  await queries.none(`ALTER TABLE ${table}_new ADD PRIMARY KEY (${key})`);
  await queries.none(`CREATE INDEX ${otherIndex.name}_new ON ${table}_new (${otherIndex.columns})`);
  await queries.none(`ANALYZE ${table}_new`);
  const { before, kept } = await queries.one<{ before: number; kept: number }>(
    `SELECT count(*)::int AS before, count(n.there)::int AS kept
       FROM ${table} LEFT JOIN (SELECT *, 1 AS there FROM ${table}_new) n USING (${key})`,
  );
  if (!(await lockOut(queries, table))) {
    await queries.none(`DROP TABLE ${table}_new`);
    return undefined;
  }
  await queries.none(`DROP TABLE ${table}; ALTER TABLE ${table}_new RENAME TO ${table};
    ALTER INDEX ${table}_new_pkey RENAME TO ${table}_pkey; ALTER INDEX ${otherIndex.name}_new RENAME TO ${otherIndex.name}`);
  return { inserted: rowCount - kept, deleted: before - kept };
}
