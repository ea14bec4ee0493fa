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

/**
 * Resolves to true if there are many new rows and few old ones, and no grant, view or publication depends on the table.
 * @param rows number of new rows
 */
export async function isWorthRebuilding(
  queries: Queries,
  { table }: MappingTable,
  rows: number,
): Promise<boolean> {
  if (rows <= MIN_ROWS) return false;
  const { worth } = await queries.one<{ worth: boolean }>(
    `SELECT c.relacl IS NULL AND pg_has_role(c.relowner, 'USAGE')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass)
            AND NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = c.oid)
            AND (SELECT count(*) FROM (SELECT FROM ${table} LIMIT $1) few) < $1 AS worth
       FROM pg_class c WHERE c.oid = $2::regclass`,
    [Math.min(MIN_ROWS, Math.floor(rows / 10)), table],
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
 * Replaces the table by a new one.
 * @param create creates and fills a table of the given name, with the columns of the key, and resolves to its number of rows
 * @returns numbers of inserted and deleted rows; undefined if readers hold the table for too long to replace it
 */
export async function rebuild(
  queries: Queries,
  { table, primaryKey: key, otherIndex }: MappingTable,
  create: (name: string) => Promise<number>,
): Promise<{ inserted: number; deleted: number } | undefined> {
  const rows = await create(`${table}_new`);
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
  return { inserted: rows - kept, deleted: before - kept };
}
