/** Hosts that Katello listed or that presented a valid certificate, and their grants. */

import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database } from "../database/database.ts";
import type { FetchedGrants, GrantUpdate, StoredHost } from "../model/grants.ts";
import type { HostActivityEntry } from "../model/host-activity.ts";
import { GrantWriter, updateOf } from "./subject-grants.ts";

/** Returns SQL of a row with the time `at` of the last sync of a kind of mapping. */
export const lastMapping = (kind: string): string =>
  `(SELECT coalesce((SELECT at FROM pushes WHERE kind = ${kind} AND outcome = 'done' ORDER BY id DESC LIMIT 1),
                    '-infinity') AS at)`;

/** Stores hosts and their grants. */
export class HostStore {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #grants: GrantWriter;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#changes = changes;
    this.#grants = new GrantWriter(db, changes, "hosts", "host_grants");
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
   * Adds a host with its grants, all of which appear at once. If grants that were fetched later are stored, they stay.
   * @returns its id; undefined if a mapping of all hosts has come since the catalog was fetched: the host may be in it, or not
   */
  async add(uuid: string, grants: FetchedGrants): Promise<number | undefined> {
    const { outcome, id } = await this.#grants.replace({ uuid }, grants);
    return outcome === "mapped" ? undefined : id;
  }

  /** Deletes a host with its grants. @returns false if there is none */
  async remove(uuid: string): Promise<boolean> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const host = await queries.oneOrNone<{ id: number }>("DELETE FROM hosts WHERE uuid = $1 RETURNING id", [
        uuid,
      ]);
      if (host === null) return false;
      await queries.none("DELETE FROM hosts_repositories WHERE host_id = $1", [host.id]);
      await announce({ kind: "hosts", keys: [String(host.id)] });
      return true;
    });
  }

  /** Keeps the later one of a stored time and a new one. */
  async recordActivity(entries: readonly HostActivityEntry[]): Promise<void> {
    await this.#db.none(
      `INSERT INTO host_activity AS a (uuid, seen_at, pulled_at)
       SELECT uuid, now() - make_interval(secs => seen), now() - make_interval(secs => pulled)
         FROM unnest($1::text[], $2::float8[], $3::float8[]) AS n (uuid, seen, pulled)
           ON CONFLICT (uuid) DO UPDATE SET seen_at = greatest(a.seen_at, excluded.seen_at),
                                            pulled_at = greatest(a.pulled_at, excluded.pulled_at)`,
      [
        entries.map(({ uuid }) => uuid),
        entries.map(({ seenAgoS }) => seenAgoS),
        entries.map(({ pulledAgoS }) => pulledAgoS ?? null),
      ],
    );
  }

  /** Deletes the times of hosts that are no longer stored. */
  async pruneActivity(): Promise<void> {
    await this.#db.none(
      "DELETE FROM host_activity a WHERE NOT EXISTS (SELECT FROM hosts h WHERE h.uuid = a.uuid)",
    );
  }

  /** Replaces a host's grants, as a difference. Does nothing while a sync writes the same table: it says more. */
  async renew(id: number, grants: FetchedGrants): Promise<GrantUpdate> {
    return updateOf((await this.#grants.tryReplace({ id }, grants)).outcome);
  }
}
