/** Katello's mappings of users and hosts to repositories, written as differences in one transaction. */
import type { Batches, MappedGrant, PushChange, PushContext } from "../grants.ts";
import { type Lock, lock, type PushKind, type PushLog } from "./pushes.ts";
import { stage } from "./staging.ts";

/** One of the two mappings, in the words of SQL. */
interface Mapping {
  readonly kind: PushKind;
  readonly lock: Lock;
  readonly table: "repositories_users" | "hosts_repositories";
  readonly subjectId: "user_id" | "host_id";
  readonly subjects: "users" | "hosts";
  readonly name: "name" | "uuid";
  /** What makes two forms of a subject the same, for a column. */
  readonly same: (column: string) => string;
  /** Of the subjects `s` that the mapping doesn't mention: those who lose their grants. */
  readonly forgotten: string;
}

const USERS: Mapping = {
  kind: "user_grants",
  lock: "user_grants",
  table: "repositories_users",
  subjectId: "user_id",
  subjects: "users",
  name: "name",
  same: (column) => `lower(${column})`,
  // Who logged in after Katello asked for the users can't be in its mapping, and Katello told the grants at the login.
  forgotten: `s.granted_at IS NULL
    OR s.granted_at <= coalesce((SELECT max(at) FROM pushes WHERE kind = 'users'), 'infinity')`,
};

const HOSTS: Mapping = {
  kind: "host_grants",
  lock: "host_grants",
  table: "hosts_repositories",
  subjectId: "host_id",
  subjects: "hosts",
  name: "uuid",
  same: (column) => column,
  // Nor can a host be in it that Katello told about after it pushed the list of hosts.
  forgotten: `s.granted_at IS NULL
    OR s.granted_at <= coalesce((SELECT max(at) FROM pushes WHERE kind = 'hosts'), 'infinity')`,
};

const ONE_HOST: Mapping = { ...HOSTS, kind: "one_host_grants", forgotten: "false" };

async function* rows(batches: Batches<MappedGrant>) {
  for await (const batch of batches)
    yield batch.map(({ subject, repository }) => [subject, repository ?? null]);
}

function replace(
  mapping: Mapping,
  log: PushLog,
  push: PushContext,
  batches: Batches<MappedGrant>,
): Promise<PushChange> {
  const { table, subjectId, subjects, name, same, forgotten } = mapping;
  return log.apply(mapping.kind, push, mapping.lock, async (queries, connection, announce) => {
    await stage(queries, connection, "subject text, repository text", rows(batches));
    await queries.none(`CREATE TEMPORARY TABLE mentioned ON COMMIT DROP AS
      SELECT ${same("subject")} AS key, max(subject) AS subject FROM incoming GROUP BY 1`);
    await queries.none(
      `INSERT INTO ${subjects} (${name}) SELECT subject FROM mentioned m
        WHERE NOT EXISTS (SELECT FROM ${subjects} s WHERE ${same(`s.${name}`)} = m.key) ON CONFLICT DO NOTHING`,
    );
    await queries.none(
      `CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
       SELECT DISTINCT s.id AS subject_id, r.id AS repository_id
         FROM incoming i JOIN ${subjects} s ON ${same(`s.${name}`)} = ${same("i.subject")}
         JOIN repositories r ON r.name = i.repository`,
    );
    await queries.none("ANALYZE wanted");
    // Logins write grants too, and wait here for as long as the difference takes.
    if (subjects === "users") await lock(queries, "user_grants_apply", "exclusive", 30);
    const deleted = await queries.result(
      `DELETE FROM ${table} g USING ${subjects} s
        WHERE s.id = g.${subjectId}
          AND (EXISTS (SELECT FROM mentioned m WHERE m.key = ${same(`s.${name}`)}) OR ${forgotten})
          AND NOT EXISTS (SELECT FROM wanted w WHERE w.subject_id = g.${subjectId} AND w.repository_id = g.repository_id)`,
    );
    const inserted = await queries.result(
      `INSERT INTO ${table} (${subjectId}, repository_id)
       SELECT w.subject_id, r.id FROM wanted w JOIN repositories r ON r.id = w.repository_id
        WHERE NOT EXISTS (SELECT FROM ${table} g WHERE g.${subjectId} = w.subject_id AND g.repository_id = w.repository_id)
        ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    );
    const { unknown } = await queries.one<{ unknown: number }>(
      `SELECT count(*)::int AS unknown FROM incoming i
        WHERE i.repository IS NOT NULL AND NOT EXISTS (SELECT FROM repositories r WHERE r.name = i.repository)`,
    );
    if (deleted.rowCount + inserted.rowCount > 0) await announce({ kind: subjects, keys: undefined });
    return { inserted: inserted.rowCount, deleted: deleted.rowCount, unknown };
  });
}

type Replace = (log: PushLog, push: PushContext, batches: Batches<MappedGrant>) => Promise<PushChange>;

/** Makes the grants of all users those of the mapping. */
export const replaceUserGrants: Replace = (...args) => replace(USERS, ...args);
/** Makes the grants of all hosts those of the mapping. */
export const replaceHostGrants: Replace = (...args) => replace(HOSTS, ...args);
/** Makes the grants of the hosts that are named those of the mapping, and leaves all others alone. */
export const replaceOneHostGrants: Replace = (...args) => replace(ONE_HOST, ...args);
