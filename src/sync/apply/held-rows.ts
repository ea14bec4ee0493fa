/** Grants in memory as rows of tables, in the columns of their ids. */
import { setImmediate } from "node:timers/promises";
import type { Connection, Queries } from "../../database/database.ts";
import { COPY_BEGIN, COPY_END, CopyRows } from "./copy-rows.ts";
import type { GrantSet } from "./grant-set.ts";
import type { HeldGrants } from "./held-grants.ts";
import type { Mapping } from "./mapping-kinds.ts";
import { copyInto } from "./staging.ts";

/** Rows that are encoded, or grouped, without a pause for other work. */
const MAX_ROWS_AT_ONCE = 8_192;

async function* encoded(
  pairs: Iterable<readonly [subject: number, repository: number, added?: boolean]>,
): AsyncGenerator<Uint8Array> {
  const copy = new CopyRows();
  let rows = 0;
  yield COPY_BEGIN;
  for (const [subject, repository, added] of pairs) {
    copy.row(added === undefined ? 2 : 3);
    copy.integer(subject);
    copy.integer(repository);
    if (added !== undefined) copy.boolean(added);
    rows += 1;
    if (rows % MAX_ROWS_AT_ONCE !== 0) continue;
    yield copy.take();
    await setImmediate();
  }
  yield copy.take();
  yield COPY_END;
}

function* differences(
  added: GrantSet,
  removed: HeldGrants,
): Generator<readonly [subject: number, repository: number, added: boolean]> {
  for (const [subject, repository] of added.rest()) yield [subject, repository, true];
  for (const part of removed.parts())
    for (let at = 0; at < part.length; at += 2) yield [part[at] ?? 0, part[at + 1] ?? 0, false];
}

/** Creates the temporary table `difference`, as the comparison in the database does, and resolves to its number of rows. */
export async function stageDifference(
  queries: Queries,
  connection: Connection,
  { subjectId }: Mapping,
  added: GrantSet,
  removed: HeldGrants,
): Promise<number> {
  const count = added.left + removed.length;
  if (count === 0) return 0;
  await queries.none(
    `CREATE TEMPORARY TABLE difference (${subjectId} integer, repository_id integer, added boolean) ON COMMIT DROP`,
  );
  await copyInto(connection, "difference", encoded(differences(added, removed)));
  return count;
}

/** Creates the temporary table `mapped` with all grants of a set. */
export async function stageAll(
  queries: Queries,
  connection: Connection,
  { subjectId }: Mapping,
  grants: GrantSet,
): Promise<void> {
  await queries.none(
    `CREATE TEMPORARY TABLE mapped (${subjectId} integer, repository_id integer) ON COMMIT DROP`,
  );
  await copyInto(connection, "mapped", encoded(grants.all()));
  await queries.none("ANALYZE mapped");
}

/** Groups pairs by the first column of the table's key. */
async function grouped({ primaryKey }: Mapping, grants: GrantSet): Promise<Map<number, number[]>> {
  const isByRepository = primaryKey.startsWith("repository_id");
  const groups = new Map<number, number[]>();
  let rows = 0;
  for (const [subject, repository] of grants.all()) {
    const [first, second] = isByRepository ? [repository, subject] : [subject, repository];
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [second]);
    else group.push(second);
    rows += 1;
    if (rows % MAX_ROWS_AT_ONCE === 0) await setImmediate();
  }
  return groups;
}

function* sorted(groups: ReadonlyMap<number, readonly number[]>): Generator<readonly [number, number]> {
  for (const first of Int32Array.from(groups.keys()).sort())
    for (const second of Int32Array.from(groups.get(first) ?? []).sort()) yield [first, second];
}

/**
 * Creates a table with the grants, in the order of its key, and with the rows of `others`.
 * @returns number of rows
 */
export async function createTable(
  queries: Queries,
  connection: Connection,
  mapping: Mapping,
  name: string,
  grants: GrantSet,
  others: string,
): Promise<number> {
  const { rowCount } = await queries.result(`CREATE TABLE ${name} AS ${others}`);
  await copyInto(connection, name, encoded(sorted(await grouped(mapping, grants))));
  return rowCount + grants.size;
}
