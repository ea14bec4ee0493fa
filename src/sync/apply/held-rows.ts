/** Grants in memory as rows of tables, in the columns of their ids. */
import { setImmediate } from "node:timers/promises";
import type { Connection, Queries } from "../../database/database.ts";
import { COPY_BEGIN, COPY_END, CopyRows } from "./copy-rows.ts";
import type { GrantLists } from "./grant-lists.ts";
import type { HeldGrants } from "./held-grants.ts";
import type { Mapping } from "./mapping-kinds.ts";
import { copyInto } from "./staging.ts";

/** Pairs, as lists of subjects and repositories that take turns. */
interface Rows {
  readonly parts: Iterable<Int32Array> | AsyncIterable<Int32Array>;
  /** Value of a third column. */
  readonly added?: boolean;
}

/** Grants, as ids, that a mapping adds to those that are stored, and that it removes. */
export interface Difference {
  readonly added: HeldGrants;
  readonly removed: HeldGrants;
}

async function* encoded(...lists: readonly Rows[]): AsyncGenerator<Uint8Array> {
  const copy = new CopyRows();
  yield COPY_BEGIN;
  for (const { parts, added } of lists) {
    for await (const part of parts) {
      for (let at = 0; at < part.length; at += 2) {
        copy.row(added === undefined ? 2 : 3);
        copy.integer(part[at] ?? 0);
        copy.integer(part[at + 1] ?? 0);
        if (added !== undefined) copy.boolean(added);
      }
      if (part.length > 0) yield copy.take();
      await setImmediate();
    }
  }
  yield COPY_END;
}

/** Creates the temporary table `difference`, as the comparison in the database does, and resolves to its number of rows. */
export async function stageDifference(
  queries: Queries,
  connection: Connection,
  { subjectId }: Mapping,
  { added, removed }: Difference,
): Promise<number> {
  const count = added.length + removed.length;
  if (count === 0) return 0;
  await queries.none(
    `CREATE TEMPORARY TABLE difference (${subjectId} integer, repository_id integer, added boolean) ON COMMIT DROP`,
  );
  await copyInto(
    connection,
    "difference",
    encoded({ parts: added.parts(), added: true }, { parts: removed.parts(), added: false }),
  );
  return count;
}

/** Creates the temporary table `mapped` with all grants of a mapping. */
export async function stageAll(
  queries: Queries,
  connection: Connection,
  { subjectId }: Mapping,
  grants: GrantLists,
): Promise<void> {
  await queries.none(
    `CREATE TEMPORARY TABLE mapped (${subjectId} integer, repository_id integer) ON COMMIT DROP`,
  );
  await copyInto(connection, "mapped", encoded({ parts: grants.bySubject() }));
  await queries.none("ANALYZE mapped");
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
  grants: GrantLists,
  others: string,
): Promise<number> {
  const { rowCount } = await queries.result(`CREATE TABLE ${name} AS ${others}`);
  const parts = mapping.primaryKey.startsWith("repository_id") ? grants.byRepository() : grants.bySubject();
  await copyInto(connection, `${name} (${mapping.subjectId}, repository_id)`, encoded({ parts }));
  return rowCount + grants.size;
}
