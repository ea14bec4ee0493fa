/** The hosts that Katello listed or that showed a good certificate here, and their grants. */

import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database, Queries } from "../database/database.ts";
import type { FetchedGrants, GrantUpdate, StoredHost } from "../model/grants.ts";
import { GrantWriter } from "./grant-writer.ts";
import { fetchTimesOf } from "./recency.ts";
import { changedSince, replaceSubjectGrants } from "./subject-grants.ts";
import { ensureRepositories } from "./unlisted-repositories.ts";

/** SQL of a row with the time `at` of the last mapping of a kind. */
export const lastMapping = (kind: string): string =>
  `(SELECT coalesce((SELECT at FROM pushes WHERE kind = ${kind} AND outcome = 'done' ORDER BY id DESC LIMIT 1),
                    '-infinity') AS at)`;

const idsOf = async (queries: Queries, names: readonly string[]): Promise<number[]> =>
  (await ensureRepositories(queries, names)).map(({ id }) => id);

/** Hosts in PostgreSQL. */
export class HostStore {
  readonly #db: Database;
  readonly #grants: GrantWriter;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#grants = new GrantWriter(db, changes, "host_grants");
  }

  /**
   * The hosts with these uuids, in their order. Grants are as old as Katello's last mapping, or as what it said of the
   * host later.
   * @param grantsTtl seconds after which they are stale; never for 0
   */
  async find(uuids: readonly string[], grantsTtl: number): Promise<(StoredHost | undefined)[]> {
    const rows = await this.#db.any<StoredHost & { uuid: string }>(
      `SELECT uuid, id, unsettled AS unregistered,
              $2 > 0 AND coalesce(greatest(granted_at, mapped.at), '-infinity') < now() - make_interval(secs => $2) AS stale
         FROM hosts s, ${lastMapping("'host_grants'")} mapped
        WHERE uuid = ANY($1::text[])`,
      [uuids, grantsTtl],
    );
    const known = new Map(rows.map(({ uuid, ...host }) => [uuid, host]));
    return uuids.map((uuid) => known.get(uuid));
  }

  /**
   * Adds a host with the grants that Katello told, all of which appear at once. One of which somebody else was told later
   * keeps what that was.
   * @returns undefined if a mapping of all hosts has come since Katello was asked: it may know the host, or not
   */
  async add(uuid: string, told: FetchedGrants): Promise<number | undefined> {
    return this.#grants.write(async (queries, announce) => {
      const asked = await fetchTimesOf(queries, told.fetchedAt);
      const known = await queries.oneOrNone<{ id: number }>("SELECT id FROM hosts WHERE uuid = $1", [uuid]);
      const spoken = await changedSince(queries, "hosts", known?.id, asked);
      if (spoken === "mapping") return undefined;
      if (spoken === "another") return known?.id;
      const { id } = await queries.one<{ id: number }>(
        `INSERT INTO hosts (uuid, granted_at) VALUES ($1, $2)
           ON CONFLICT (uuid) DO UPDATE SET granted_at = excluded.granted_at RETURNING id`,
        [uuid, asked.latest],
      );
      const ids = await idsOf(queries, told.repositories);
      await replaceSubjectGrants(queries, announce, "hosts", { id, repositories: ids, asked });
      return id;
    });
  }

  /** Replaces a host's grants, as a difference. While a push writes the same table it does nothing: the push says more. */
  async renew(id: number, told: FetchedGrants): Promise<GrantUpdate> {
    const written = await this.#grants.writeNow(async (queries, announce): Promise<GrantUpdate> => {
      const asked = await fetchTimesOf(queries, told.fetchedAt);
      const spoken = await changedSince(queries, "hosts", id, asked);
      if (spoken === "mapping") return "overtaken";
      if (spoken === undefined) {
        const ids = await idsOf(queries, told.repositories);
        await replaceSubjectGrants(queries, announce, "hosts", { id, repositories: ids, asked });
      }
      return "kept";
    });
    return written?.result ?? "busy";
  }
}
