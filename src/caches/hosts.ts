/** The hosts that Katello listed or that showed a good certificate here, and their grants. */
import type { KnownHost } from "../grants.ts";
import type { Changes } from "./changes.ts";
import type { Database, Queries } from "./database.ts";
import { BesidePushes } from "./pushing/beside-pushes.ts";
import { mention } from "./pushing/mentions.ts";
import { addOwnGrants, replaceOwnGrants } from "./pushing/own-grants.ts";

const idsOf = async (queries: Queries, names: readonly string[]): Promise<number[]> =>
  (await mention(queries, names)).map(({ id }) => id);

/** Hosts in PostgreSQL. */
export class HostCache {
  readonly #db: Database;
  readonly #grants: BesidePushes;

  constructor(db: Database, changes: Changes) {
    this.#db = db;
    this.#grants = new BesidePushes(db, changes, "host_grants");
  }

  /**
   * The hosts with these uuids, in their order. Grants are as old as Katello's last mapping, or as what it said of the
   * host later.
   * @param grantsTtl seconds after which they are stale; never for 0
   */
  async find(uuids: readonly string[], grantsTtl: number): Promise<(KnownHost | undefined)[]> {
    const rows = await this.#db.any<KnownHost & { uuid: string }>(
      `SELECT uuid, id, $2 > 0 AND coalesce(greatest(granted_at, (
                SELECT at FROM pushes WHERE kind = 'host_grants' AND outcome = 'done' ORDER BY id DESC LIMIT 1)), '-infinity')
              < now() - make_interval(secs => $2) AS stale
         FROM hosts WHERE uuid = ANY($1::text[])`,
      [uuids, grantsTtl],
    );
    const known = new Map(rows.map(({ uuid, id, stale }) => [uuid, { id, stale }]));
    return uuids.map((uuid) => known.get(uuid));
  }

  /**
   * Adds a host with the grants that Katello told, all of which appear at once. One whose grants were told by somebody
   * else meanwhile keeps those.
   */
  async add(uuid: string, repositories: readonly string[]): Promise<number> {
    return this.#grants.write(async (queries, announce) => {
      const added = await queries.oneOrNone<{ id: number }>(
        `INSERT INTO hosts (uuid, granted_at) VALUES ($1, now())
           ON CONFLICT (uuid) DO UPDATE SET granted_at = now() WHERE hosts.granted_at IS NULL RETURNING id`,
        [uuid],
      );
      if (added === null)
        return (await queries.one<{ id: number }>("SELECT id FROM hosts WHERE uuid = $1", [uuid])).id;
      const { id } = added;
      await addOwnGrants(queries, "hosts", id, await idsOf(queries, repositories));
      await announce({ kind: "hosts", keys: [String(id)] });
      return id;
    });
  }

  /**
   * Replaces a host's grants, as a difference. While a push writes the same table it does nothing: the push says more.
   * @returns whether it did
   */
  async renew(id: number, repositories: readonly string[]): Promise<boolean> {
    const written = await this.#grants.writeNow(async (queries, announce) => {
      await queries.none("UPDATE hosts SET granted_at = now() WHERE id = $1", [id]);
      const wanted = await idsOf(queries, repositories);
      if (await replaceOwnGrants(queries, "hosts", id, wanted))
        await announce({ kind: "hosts", keys: [String(id)] });
    });
    return written !== undefined;
  }
}
