/** Hosts that Katello listed or that presented a valid certificate, and their grants. */

import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database, Queries } from "../database/database.ts";
import type { FetchedGrants, GrantUpdate, StoredHost } from "../model/grants.ts";
import { GrantWriter } from "./grant-writer.ts";
import { fetchTimesOf } from "./recency.ts";
import { changedSince, replaceSubjectGrants } from "./subject-grants.ts";
import { ensureRepositories } from "./unlisted-repositories.ts";

/** Returns SQL of a row with the time `at` of the last sync of a kind of mapping. */
export const lastMapping = (kind: string): string =>
  `(SELECT coalesce((SELECT at FROM pushes WHERE kind = ${kind} AND outcome = 'done' ORDER BY id DESC LIMIT 1),
                    '-infinity') AS at)`;

const idsOf = async (queries: Queries, names: readonly string[]): Promise<number[]> =>
  (await ensureRepositories(queries, names)).map(({ id }) => id);

/** Stores hosts and their grants. */
export class HostStore {
  readonly #db: Database;
  readonly #grants: GrantWriter;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#grants = new GrantWriter(db, changes, "host_grants");
  }

  /**
   * Finds hosts by uuid, in the order of the uuids. The age of grants counts from Katello's last mapping of all hosts, or from a
   * later sync or fetch of this host.
   * @param grantsTtlS seconds after which grants are stale; 0 for never
   */
  async find(uuids: readonly string[], grantsTtlS: number): Promise<(StoredHost | undefined)[]> {
    const rows = await this.#db.any<StoredHost & { uuid: string }>(
      `SELECT uuid, id, unsettled AS unregistered,
              $2 > 0 AND coalesce(greatest(granted_at, mapped.at), '-infinity') < now() - make_interval(secs => $2) AS stale
         FROM hosts s, ${lastMapping("'host_grants'")} mapped
        WHERE uuid = ANY($1::text[])`,
      [uuids, grantsTtlS],
    );
    const byUuid = new Map(rows.map(({ uuid, ...host }) => [uuid, host]));
    return uuids.map((uuid) => byUuid.get(uuid));
  }

  /**
   * Adds a host with the grants that were fetched from Katello, in one transaction. Grants that were fetched or synced later
   * are kept.
   * @returns undefined if a mapping of all hosts has arrived since the fetch, because it may or may not have the host
   */
  async add(uuid: string, fetched: FetchedGrants): Promise<number | undefined> {
    return this.#grants.write(async (queries, announce) => {
      const asked = await fetchTimesOf(queries, fetched.fetchedAt);
      const existing = await queries.oneOrNone<{ id: number }>("SELECT id FROM hosts WHERE uuid = $1", [
        uuid,
      ]);
      const newer = await changedSince(queries, "hosts", existing?.id, asked);
      if (newer === "mapping") return undefined;
      if (newer === "another") return existing?.id;
      const { id } = await queries.one<{ id: number }>(
        `INSERT INTO hosts (uuid, granted_at) VALUES ($1, $2)
           ON CONFLICT (uuid) DO UPDATE SET granted_at = excluded.granted_at RETURNING id`,
        [uuid, asked.latest],
      );
      const ids = await idsOf(queries, fetched.repositories);
      await replaceSubjectGrants(queries, announce, "hosts", { id, repositories: ids, asked });
      return id;
    });
  }

  /** Replaces a host's grants as a difference. Does nothing while a sync of all hosts is being applied, which supersedes them. */
  async renew(id: number, fetched: FetchedGrants): Promise<GrantUpdate> {
    const written = await this.#grants.writeNow(async (queries, announce): Promise<GrantUpdate> => {
      const asked = await fetchTimesOf(queries, fetched.fetchedAt);
      const newer = await changedSince(queries, "hosts", id, asked);
      if (newer === "mapping") return "overtaken";
      if (newer === undefined) {
        const ids = await idsOf(queries, fetched.repositories);
        await replaceSubjectGrants(queries, announce, "hosts", { id, repositories: ids, asked });
      }
      return "kept";
    });
    return written?.result ?? "busy";
  }
}
