/**
 * Comparison of the grants in memory with the stored ones. The database sends its grants, which are far fewer bytes than those of a
 * mapping, and gets nothing but the differences.
 */
import { setImmediate } from "node:timers/promises";
import type { Connection } from "../../database/database.ts";
import { GrantComparison } from "./grant-comparison.ts";
import { GrantLists, MAX_GRANTS_AT_ONCE } from "./grant-lists.ts";
import type { HeldGrants } from "./held-grants.ts";
import type { Difference } from "./held-rows.ts";
import type { Mapping } from "./mapping-kinds.ts";
import { packedRows } from "./packed-rows.ts";

/** Ids by number; 0 for numbers that have none. */
type Ids = Int32Array;
const MIN_IDS = 1_024;

/** @param select statement of numbers, each with its id as {@link packedRows} packs it */
async function idsOf(connection: Connection, select: string): Promise<Ids> {
  let ids = new Int32Array(MIN_IDS);
  for await (const { first: number, others } of packedRows(connection, select)) {
    if (number >= ids.length) {
      const smaller = ids;
      ids = new Int32Array(2 * number);
      ids.set(smaller);
    }
    ids[number] = others.readInt32BE(0);
  }
  return ids;
}

/** Returns the grants with the ids of the database, without those of subjects that the mapping does not cover. */
export async function identified(
  connection: Connection,
  { subjects, key }: Mapping,
  held: HeldGrants,
): Promise<GrantLists> {
  const subjectIds = await idsOf(
    connection,
    `SELECT m.number, int4send(s.id) FROM subjects m JOIN ${subjects} s ON s.${key} = m.key WHERE s.id NOT IN (SELECT id FROM newer)`,
  );
  const repositoryIds = await idsOf(
    connection,
    "SELECT n.number, int4send(r.id) FROM named n JOIN repositories r ON r.name = n.name",
  );
  return GrantLists.of(held, subjectIds, repositoryIds);
}

/** Counts the grants of some repositories. @param numbers numbers of the repositories */
export async function countOf(held: HeldGrants, numbers: readonly number[]): Promise<number> {
  const wanted = new Set(numbers);
  let count = 0;
  for (const part of held.parts()) {
    for (let at = 1; at < part.length; at += 2) if (wanted.has(part[at] ?? -1)) count += 1;
    await setImmediate();
  }
  return count;
}

/**
 * Compares a mapping with the grants that are stored.
 * @param maxHeld number of stored grants that may be kept in memory
 * @returns what it adds and removes, as ids; undefined if it removes more
 */
export async function compareWithStored(
  connection: Connection,
  { table, subjectId, scope }: Mapping,
  grants: GrantLists,
  maxHeld: number,
): Promise<Difference | undefined> {
  const comparison = new GrantComparison(grants, maxHeld);
  const stored = `SELECT ${subjectId}, string_agg(int4send(repository_id), '') FROM ${table} g WHERE ${scope} GROUP BY 1`;
  let sincePause = 0;
  for await (const { first, others } of packedRows(connection, stored)) {
    sincePause += comparison.compare(first, others);
    if (sincePause < MAX_GRANTS_AT_ONCE) continue;
    await setImmediate();
    sincePause = 0;
  }
  if (comparison.removed.isFull) return undefined;
  await comparison.end();
  return comparison;
}
