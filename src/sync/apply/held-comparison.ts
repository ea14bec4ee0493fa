/**
 * Comparison of the grants in memory with the stored ones. The database sends its grants, which are far fewer bytes than those of a
 * mapping, and gets nothing but the differences.
 */
import { setImmediate } from "node:timers/promises";
import { to as copyTo } from "pg-copy-streams";
import type { Connection, Queries } from "../../database/database.ts";
import { COPY_BEGIN } from "./copy-rows.ts";
import { GrantSet } from "./grant-set.ts";
import { HeldGrants } from "./held-grants.ts";
import type { Mapping } from "./mapping-kinds.ts";

/** Ids by number; 0 for numbers that have none. */
type Ids = Int32Array;

async function idsOf(queries: Queries, select: string): Promise<Ids> {
  const rows = await queries.any<{ number: number; id: number }>(select);
  const ids = new Int32Array(1 + rows.reduce((most, { number }) => Math.max(most, number), -1));
  for (const { number, id } of rows) ids[number] = id;
  return ids;
}

/** Returns the grants with the ids of the database, without those of subjects that the mapping does not cover. */
export async function identified(
  queries: Queries,
  { subjects, key }: Mapping,
  held: HeldGrants,
): Promise<GrantSet> {
  const subjectIds = await idsOf(
    queries,
    `SELECT m.number, s.id FROM subjects m JOIN ${subjects} s ON s.${key} = m.key WHERE s.id NOT IN (SELECT id FROM newer)`,
  );
  const repositoryIds = await idsOf(
    queries,
    "SELECT n.number, r.id FROM named n JOIN repositories r ON r.name = n.name",
  );
  const grants = new GrantSet(held.length);
  for (const part of held.parts()) {
    for (let at = 0; at < part.length; at += 2) {
      const subject = subjectIds[part[at] ?? 0] ?? 0;
      const repository = repositoryIds[part[at + 1] ?? 0] ?? 0;
      if (subject > 0 && repository > 0) grants.add(subject, repository);
    }
    await setImmediate();
  }
  return grants;
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

/** Number of columns, length and value of the subject's id, and length of the list of repositories. */
const ROW_HEAD_BYTES = 14;

/** Reads rows of a subject and its repositories, each of which is four bytes, from COPY's binary format. */
async function* storedGrants(
  { client }: Connection,
  { table, subjectId, scope }: Mapping,
): AsyncGenerator<{ readonly subject: number; readonly repositories: Buffer }> {
  const copy = copyTo(
    `COPY (SELECT ${subjectId}, string_agg(int4send(repository_id), '') FROM ${table} g WHERE ${scope} GROUP BY 1)
       TO STDOUT (FORMAT binary)`,
  );
  void client.query(copy); // returns the same stream
  let left: Buffer = Buffer.alloc(0);
  let headerBytes = COPY_BEGIN.length;
  for await (const chunk of copy) {
    const bytes: Buffer = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let at = Math.min(headerBytes, bytes.length);
    headerBytes -= at;
    while (at + ROW_HEAD_BYTES <= bytes.length) {
      const end = at + ROW_HEAD_BYTES + bytes.readInt32BE(at + ROW_HEAD_BYTES - 4);
      if (end > bytes.length) break;
      yield { subject: bytes.readInt32BE(at + 6), repositories: bytes.subarray(at + ROW_HEAD_BYTES, end) };
      at = end;
    }
    left = bytes.subarray(at);
  }
}

/**
 * Crosses out the grants that are stored already.
 * @param maxHeld number of stored grants that may be kept in memory
 * @returns the stored grants that the set does not have, with their ids; undefined if they are more
 */
export async function crossOutStored(
  connection: Connection,
  mapping: Mapping,
  grants: GrantSet,
  maxHeld: number,
): Promise<HeldGrants | undefined> {
  const removed = new HeldGrants(maxHeld);
  for await (const { subject, repositories } of storedGrants(connection, mapping)) {
    for (let at = 0; at < repositories.length; at += 4) {
      const repository = repositories.readInt32BE(at);
      if (!grants.crossOut(subject, repository) && !removed.isFull) removed.add(subject, repository);
    }
  }
  return removed.isFull ? undefined : removed;
}
