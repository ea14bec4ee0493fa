/** What tells Katello's mappings from each other: their tables, and whom each of them speaks of. */
import { foldLogin } from "../../model/logins.ts";
import { GRANT_TABLES, type GrantTable, type SubjectKind } from "../../store/grant-tables.ts";
import { isLater } from "../../store/recency.ts";
import type { SyncWork } from "./syncs.ts";
import type { MappingTable } from "./table-rebuild.ts";

/** One of the mappings, in the words of SQL. */
export interface Mapping extends Pick<SyncWork, "kind" | "locks">, Omit<MappingTable, "table">, GrantTable {
  readonly subjects: SubjectKind;
  /** The column that tells subjects apart. */
  readonly key: "folded_name" | "uuid";
  /** The form of a subject that stands in that column; as it came where left out. */
  readonly fold?: (subject: string) => string;
  /** Columns of a subject that is new, and what they are made of: `name` and `key` of the mapping's own subjects. */
  readonly added: readonly [columns: string, values: string];
  /** Which subjects `s` have grants that are newer than what the mapping says of them. */
  readonly newer: string;
  /** Which grants `g` the mapping speaks of; all others stay as they are. */
  readonly scope: string;
  /** Notes of whom the mapping spoke. */
  readonly note?: string;
}

/**
 * When Katello asked for the users of a mapping, at the earliest. Its calls in one sync share a request id, and so do all
 * syncs that one click starts: each mapping belongs to one question of its id, and it is open to which. As often as all
 * questions have had their mapping the count begins anew; of those that came later the first may be the one.
 */
const ASKED_BY_ID = `(
  WITH calls AS (
    SELECT at, kind = 'users' AS asks FROM pushes
     WHERE request_id = $<requestId> AND kind IN ('users', 'user_grants') AND at <= $<came>),
  counted AS (
    SELECT at, asks, sum(CASE WHEN asks THEN 1 ELSE -1 END) OVER (ORDER BY at, asks DESC) AS unsynced FROM calls),
  lowest AS (
    SELECT at, asks, unsynced,
           least(0, min(unsynced) OVER (ORDER BY at, asks DESC)) AS least FROM counted)
  SELECT min(at) FROM lowest
   WHERE asks AND at > coalesce((SELECT max(at) FROM lowest WHERE NOT asks AND unsynced <= least), '-infinity'))`;

/**
 * When it asked where no question has the mapping's id: of those since the last mapping the first counts, for syncs that
 * overlap all ask before one of them maps.
 */
const ASKED_BY_ANY = `(
  SELECT coalesce(min(at) FILTER (WHERE at > (SELECT coalesce(max(at), '-infinity') FROM pushes
                                               WHERE kind = 'user_grants' AND outcome = 'done' AND at <= $<came>)),
                  max(at), 'infinity')
    FROM pushes WHERE kind = 'users' AND at <= $<came>)`;

/** All users. */
export const USERS: Mapping = {
  kind: "user_grants",
  locks: ["user_grants", "user_grants_apply"],
  ...GRANT_TABLES.users,
  subjects: "users",
  key: "folded_name",
  fold: foldLogin,
  added: ["name, folded_name, spellings", "max(name), key, ARRAY[max(name)]"],
  primaryKey: "repository_id, user_id",
  otherIndex: { name: "repositories_users_user", columns: "user_id, repository_id" },
  // Who logged in after Katello asked for the users can't be in its mapping, and Katello told the grants at the login.
  newer: `${isLater("s.granted_at")}
    OR (s.granted_at > coalesce(${ASKED_BY_ID}, ${ASKED_BY_ANY})
        AND NOT EXISTS (SELECT FROM subjects m WHERE m.key = s.folded_name))`,
  scope: "g.user_id NOT IN (SELECT id FROM newer)",
  // Katello may know a login in a spelling that nobody typed here: who was left out is asked about at the next refusal.
  note: `UPDATE users s SET left_out = NOT left_out
          WHERE left_out = EXISTS (SELECT FROM subjects m WHERE m.key = s.folded_name)
            AND id NOT IN (SELECT id FROM newer)`,
};

/** All hosts. */
export const HOSTS: Mapping = {
  kind: "host_grants",
  locks: ["host_grants"],
  ...GRANT_TABLES.hosts,
  subjects: "hosts",
  key: "uuid",
  added: ["uuid", "key"],
  primaryKey: "host_id, repository_id",
  otherIndex: { name: "hosts_repositories_repository", columns: "repository_id" },
  newer: isLater("s.granted_at"),
  scope: "g.host_id NOT IN (SELECT id FROM newer)",
  note: `UPDATE hosts SET unsettled = false
          WHERE unsettled AND uuid IN (SELECT key FROM subjects) AND id NOT IN (SELECT id FROM newer)`,
};

/** The hosts that are named, usually one. */
export const ONE_HOST: Mapping = {
  ...HOSTS,
  kind: "one_host_grants",
  scope: `g.host_id IN (SELECT s.id FROM hosts s JOIN subjects m ON m.key = s.uuid) AND ${HOSTS.scope}`,
  note: `UPDATE hosts SET granted_at = $<came>, unsettled = false
          WHERE uuid IN (SELECT key FROM subjects) AND id NOT IN (SELECT id FROM newer)`,
};
