/** Names of a mapping in the database, by the numbers that they got as they came. */
import type { Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { HeldGrants } from "./held-grants.ts";
import { countOf } from "./in-memory-comparison.ts";
import type { Mapping } from "./mapping-kinds.ts";
import type { Arrival } from "./sync-order.ts";

/** Creates temporary tables that map numbers to names, and adds new subjects and repositories. */
export async function resolve(
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

/** Counts the entries that name unlisted repositories. */
export async function countUnknown(queries: Queries, held: HeldGrants | undefined): Promise<number> {
  const unlisted = await queries.any<{ number: number }>(
    "SELECT number FROM named n JOIN repositories r ON r.name = n.name WHERE NOT r.listed",
  );
  if (unlisted.length === 0) return 0;
  const numbers = unlisted.map(({ number }) => number);
  if (held !== undefined) return countOf(held, numbers);
  const { count } = await queries.one<{ count: number }>(
    "SELECT count(*)::int AS count FROM incoming WHERE subject IS NOT NULL AND repository = ANY($1::int[])",
    [numbers],
  );
  return count;
}
