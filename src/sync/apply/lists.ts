/** Syncs of the lists of repositories and hosts, applied as differences: unchanged rows are not touched and keep their grants. */

import type { Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { Batches, ListedRepository } from "../../model/syncs.ts";
import { wereEverListed } from "../../store/repositories.ts";
import { stage } from "./staging.ts";
import { isLater } from "./sync-order.ts";
import type { SyncWork } from "./syncs.ts";

/** Creates an index on the staged rows, so that no plan is slow even if the statistics of the other tables are outdated. */
const createIndex = (queries: Queries, column: string) =>
  queries.none(`CREATE INDEX ON incoming (${column})`);

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Deletes repositories that are no longer listed, with their grants, and unlisted ones without any grant. */
async function deleteRepositories(queries: Queries): Promise<Named[]> {
  const deleted = await queries.any<Named>(
    `DELETE FROM repositories r WHERE listed AND NOT EXISTS (SELECT FROM incoming i WHERE i.name = r.name)
     RETURNING id, name`,
  );
  const ids = [deleted.map(({ id }) => id)];
  if (deleted.length > 0) {
    await queries.none("DELETE FROM repositories_users WHERE repository_id = ANY($1::int[])", ids);
    await queries.none("DELETE FROM hosts_repositories WHERE repository_id = ANY($1::int[])", ids);
  }
  await queries.none(
    `DELETE FROM repositories WHERE id IN (
       SELECT id FROM repositories r WHERE NOT listed
          AND NOT EXISTS (SELECT FROM incoming i WHERE i.name = r.name)
          AND NOT EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id)
          AND NOT EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id)
          FOR UPDATE SKIP LOCKED)`,
  );
  return deleted;
}

/** Replaces the list of repositories. A repository that is listed twice requires authorization if either entry says so. */
export const repositoriesWork = (batches: Batches<ListedRepository>): SyncWork => ({
  kind: "repositories",
  locks: ["repositories", "host_grants", "user_grants_apply"],
  stage: (queries, connection) =>
    stage(queries, connection, batches, {
      columns: 'name text COLLATE "C", auth_required boolean',
      write: (copy, { name, authRequired }) => {
        copy.row(2);
        copy.text(name);
        copy.boolean(authRequired);
      },
    }),
  apply: async (queries, announce) => {
    await createIndex(queries, "name");
    const deleted = await deleteRepositories(queries);
    const changed = await queries.any<{ name: string }>(
      `UPDATE repositories r SET auth_required = i.auth_required, listed = true,
              closed_at = CASE WHEN r.listed AND i.auth_required THEN clock_timestamp() END
         FROM (SELECT name, bool_or(auth_required) AS auth_required FROM incoming GROUP BY name) i
        WHERE i.name = r.name AND (i.auth_required <> r.auth_required OR NOT r.listed) RETURNING r.name`,
    );
    const added = await queries.any<{ name: string }>(
      `INSERT INTO repositories (name, auth_required)
       SELECT name, bool_or(auth_required) FROM incoming i
        WHERE NOT EXISTS (SELECT FROM repositories r WHERE r.name = i.name) GROUP BY name ORDER BY name
           ON CONFLICT (name) DO UPDATE SET auth_required = excluded.auth_required, listed = true
       RETURNING name`,
    );
    const keys = [...deleted, ...changed, ...added].map(({ name }) => name);
    if (keys.length > 0) await announce({ kind: "repositories", keys });
    // The first list is news even if it is empty: gateways wait for it.
    else if (!(await wereEverListed(queries))) await announce({ kind: "repositories", keys: undefined });
    return { inserted: added.length + changed.length, deleted: deleted.length, unknown: 0 };
  },
});

/**
 * Replaces the list of hosts, and deletes the grants of removed hosts. A host whose grants Katello sent after this list
 * arrived is new, and stays.
 */
export const hostsWork = (batches: Batches<string>): SyncWork => ({
  kind: "hosts",
  locks: ["hosts", "host_grants"],
  stage: (queries, connection) =>
    stage(queries, connection, batches, {
      columns: "uuid text",
      write: (copy, uuid) => {
        copy.row(1);
        copy.text(uuid);
      },
    }),
  apply: async (queries, announce, arrival) => {
    await createIndex(queries, "uuid");
    const deleted = await queries.any<{ id: number }>(
      ...named(
        `DELETE FROM hosts h WHERE NOT EXISTS (SELECT FROM incoming i WHERE i.uuid = h.uuid)
            AND ${isLater("granted_at")} IS NOT TRUE RETURNING id`,
        arrival,
      ),
    );
    const ids = deleted.map(({ id }) => id);
    if (ids.length > 0) {
      await queries.none("DELETE FROM hosts_repositories WHERE host_id = ANY($1::int[])", [ids]);
      await announce({ kind: "hosts", keys: ids.map(String) });
    }
    const added = await queries.result(
      `INSERT INTO hosts (uuid) SELECT DISTINCT uuid FROM incoming i
        WHERE NOT EXISTS (SELECT FROM hosts h WHERE h.uuid = i.uuid) ORDER BY uuid ON CONFLICT DO NOTHING`,
    );
    return { inserted: added.rowCount, deleted: ids.length, unknown: 0 };
  },
});
