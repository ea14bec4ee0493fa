/** Katello's two whole lists, written as differences: what stays the same is not touched and keeps its grants. */
import type { Batches, ListedRepository, PushChange, PushContext } from "../grants.ts";
import type { PushLog } from "./pushes.ts";
import { stage } from "./staging.ts";

async function* repositoryRows(batches: Batches<ListedRepository>) {
  for await (const batch of batches)
    yield batch.map(({ name, authRequired }) => [name, String(authRequired)]);
}

async function* hostRows(batches: Batches<string>) {
  for await (const batch of batches) yield batch.map((uuid) => [uuid]);
}

/** Makes the repositories those of the list. One that is listed twice needs authorization if either entry says so. */
export function replaceRepositories(
  log: PushLog,
  push: PushContext,
  batches: Batches<ListedRepository>,
): Promise<PushChange> {
  return log.apply("repositories", push, "repositories", async (queries, connection, announce) => {
    await stage(queries, connection, "name text, auth_required boolean", repositoryRows(batches));
    const deleted = await queries.any<{ name: string }>(
      "DELETE FROM repositories r WHERE NOT EXISTS (SELECT FROM incoming i WHERE i.name = r.name) RETURNING name",
    );
    const changed = await queries.any<{ name: string }>(
      `UPDATE repositories r SET auth_required = i.auth_required
         FROM (SELECT name, bool_or(auth_required) AS auth_required FROM incoming GROUP BY name) i
        WHERE i.name = r.name AND i.auth_required <> r.auth_required RETURNING r.name`,
    );
    const inserted = await queries.any<{ name: string }>(
      `INSERT INTO repositories (name, auth_required)
       SELECT name, bool_or(auth_required) FROM incoming i
        WHERE NOT EXISTS (SELECT FROM repositories r WHERE r.name = i.name) GROUP BY name ORDER BY name
       RETURNING name`,
    );
    const keys = [...deleted, ...changed, ...inserted].map(({ name }) => name);
    if (keys.length > 0) await announce({ kind: "repositories", keys });
    return { inserted: inserted.length + changed.length, deleted: deleted.length, unknown: 0 };
  });
}

/** Makes the hosts those of the list; a host that is gone loses its grants with it. */
export function replaceHosts(log: PushLog, push: PushContext, batches: Batches<string>): Promise<PushChange> {
  return log.apply("hosts", push, "hosts", async (queries, connection, announce) => {
    await stage(queries, connection, "uuid text", hostRows(batches));
    const deleted = await queries.any<{ id: number }>(
      "DELETE FROM hosts h WHERE NOT EXISTS (SELECT FROM incoming i WHERE i.uuid = h.uuid) RETURNING id",
    );
    const inserted = await queries.result(
      `INSERT INTO hosts (uuid) SELECT DISTINCT uuid FROM incoming i
        WHERE NOT EXISTS (SELECT FROM hosts h WHERE h.uuid = i.uuid) ON CONFLICT DO NOTHING`,
    );
    if (deleted.length > 0) await announce({ kind: "hosts", keys: deleted.map(({ id }) => String(id)) });
    return { inserted: inserted.rowCount, deleted: deleted.length, unknown: 0 };
  });
}
