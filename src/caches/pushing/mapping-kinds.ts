/** What tells Katello's mappings from each other: their tables, and whom each of them speaks of. */
import { saidLater } from "./order.ts";
import type { PushWork } from "./pushes.ts";
import type { MappingTable } from "./rebuild.ts";

/** One of the mappings, in the words of SQL. */
export interface Mapping extends Pick<PushWork, "kind" | "locks">, MappingTable {
  readonly subjectId: "user_id" | "host_id";
  readonly subjects: "users" | "hosts";
  readonly name: "name" | "uuid";
  /** What makes two forms of a subject the same, for a column. */
  readonly same: (column: string) => string;
  /** Which subjects `s` have grants that are newer than what the mapping says of them. */
  readonly newer: string;
  /** Which grants `g` the mapping speaks of; all others stay as they are. */
  readonly scope: string;
  /** Notes when the mapping spoke of its subjects, where it is not of all. */
  readonly note?: string;
}

/**
 * When Katello asked for the users of a mapping. Its calls in one sync share a request id; where they don't, of those who
 * asked since the last mapping it was the first, for syncs that overlap all ask before one of them maps.
 */
const ASKED = `(
  SELECT coalesce(min(at) FILTER (WHERE at > (SELECT coalesce(max(at), '-infinity') FROM pushes
                                               WHERE kind = 'user_grants' AND outcome = 'done' AND at <= $<came>)),
                  max(at), 'infinity')
    FROM (SELECT at FROM pushes WHERE kind = 'users' AND at <= $<came>
           ORDER BY request_id = $<requestId> DESC FETCH FIRST ROW WITH TIES) asked)`;

/** All users. */
export const USERS: Mapping = {
  kind: "user_grants",
  locks: ["user_grants", "user_grants_apply"],
  table: "repositories_users",
  subjectId: "user_id",
  subjects: "users",
  name: "name",
  key: "repository_id, user_id",
  otherIndex: { name: "repositories_users_user", columns: "user_id, repository_id" },
  same: (column) => `lower(${column})`,
  // Who logged in after Katello asked for the users can't be in its mapping, and Katello told the grants at the login.
  newer: `${saidLater("s.granted_at")}
    OR (s.granted_at > ${ASKED} AND NOT EXISTS (SELECT FROM subjects m WHERE m.key = lower(s.name)))`,
  scope: "g.user_id NOT IN (SELECT id FROM newer)",
};

/** All hosts. */
export const HOSTS: Mapping = {
  kind: "host_grants",
  locks: ["host_grants"],
  table: "hosts_repositories",
  subjectId: "host_id",
  subjects: "hosts",
  name: "uuid",
  key: "host_id, repository_id",
  otherIndex: { name: "hosts_repositories_repository", columns: "repository_id" },
  same: (column) => column,
  newer: saidLater("s.granted_at"),
  scope: "g.host_id NOT IN (SELECT id FROM newer)",
};

/** The hosts that are named, usually one. */
export const ONE_HOST: Mapping = {
  ...HOSTS,
  kind: "one_host_grants",
  scope: `g.host_id IN (SELECT s.id FROM hosts s JOIN subjects m ON m.key = s.uuid) AND ${HOSTS.scope}`,
  note: `UPDATE hosts SET granted_at = $<came>
          WHERE uuid IN (SELECT key FROM subjects) AND id NOT IN (SELECT id FROM newer)`,
};
