/**
 * Rebuild of a mapping's table, used for its first sync: the rows are written to a new table, whose indexes are built once
 * and not row by row. That takes a third of the time, and the old table is locked only while it is replaced.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queries } from "../../database/database.ts";
import { errorCode } from "../../model/error-text.ts";

/** The table of a mapping. */
export interface MappingTable {
  readonly table: string;
  /** Columns of the primary key, in order. */
  readonly primaryKey: string;
  /** Name and columns of the other index. */
  readonly otherIndex: { readonly name: string; readonly columns: string };
}

/** Minimum number of rows for a rebuild; fewer are fast enough one by one. */
const MIN_ROWS = 200_000;
/** Timeout of one attempt to lock the table, for which readers queue behind it. */
const LOCK_TIMEOUT_MS = 50;
const MAX_ATTEMPTS = 20;

/** Resolves to true if there are many new rows and few old ones, and no grant, view or publication depends on the table. */
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
 * Replaces the table by one with the rows of `select`, in the columns of the key.
 * @returns numbers of inserted and deleted rows; undefined if readers hold the table for too long to replace it
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
