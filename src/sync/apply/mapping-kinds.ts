/** Kinds of Katello's mappings: their tables, and the subjects that each of them covers. */
import { foldLogin } from "../../model/logins.ts";
import { GRANT_TABLES, type GrantTable, type SubjectKind } from "../../store/grant-tables.ts";
import { isLater } from "./sync-order.ts";
import type { SyncWork } from "./syncs.ts";
import type { MappingTable } from "./table-rebuild.ts";

/** A kind of mapping, as fragments of SQL. */
export interface Mapping extends Pick<SyncWork, "kind" | "locks">, Omit<MappingTable, "table">, GrantTable {
  readonly subjects: SubjectKind;
  /** Column that identifies subjects. */
  readonly key: "folded_name" | "uuid";
  /** Converts a subject to the form in that column; unchanged if undefined. */
  readonly fold?: (subject: string) => string;
  /** Columns of a new subject, and their values, made of `name` and `key` of the mapping's subjects. */
  readonly newSubject: readonly [columns: string, values: string];
  /** Condition for subjects `s` whose grants are newer than the mapping. */
  readonly newer: string;
  /** Condition for grants `g` that the mapping replaces; all others are not changed. */
  readonly scope: string;
  /** Statement that marks the subjects that the mapping covers. */
  readonly mark?: string;
}

/**
 * Earliest time at which Katello may have fetched the users of a mapping, by request id. The calls of one sync share a
 * request id, and so do all syncs that one click starts. Each mapping belongs to one `users` call of its id, but it is not
 * known to which. Whenever all of these calls have been followed by a mapping the count starts anew; of the later calls the
 * first one may be it.
 */
const USERS_FETCHED_BY_ID = `(
  WITH calls AS (
    SELECT at, kind = 'users' AS fetches FROM pushes
     WHERE request_id = $<requestId> AND kind IN ('users', 'user_grants') AND at <= $<came>),
  counted AS (
    SELECT at, fetches, sum(CASE WHEN fetches THEN 1 ELSE -1 END) OVER (ORDER BY at, fetches DESC) AS pending FROM calls),
  lowest AS (
    SELECT at, fetches, pending,
           least(0, min(pending) OVER (ORDER BY at, fetches DESC)) AS least FROM counted)
  SELECT min(at) FROM lowest
   WHERE fetches AND at > coalesce((SELECT max(at) FROM lowest WHERE NOT fetches AND pending <= least), '-infinity'))`;

/**
 * Earliest time of the same if no `users` call has the id of the mapping: the first call since the last mapping counts, because
 * overlapping syncs all fetch the users before one of them sends its mapping.
 */
const USERS_FETCHED_BY_ANY = `(
  SELECT coalesce(min(at) FILTER (WHERE at > (SELECT coalesce(max(at), '-infinity') FROM pushes
                                               WHERE kind = 'user_grants' AND outcome = 'done' AND at <= $<came>)),
                  max(at), 'infinity')
    FROM pushes WHERE kind = 'users' AND at <= $<came>)`;

/** Mapping of all users. */
export const USERS: Mapping = {
  kind: "user_grants",
  locks: ["user_grants", "user_grants_apply"],
  ...GRANT_TABLES.users,
  subjects: "users",
  key: "folded_name",
  fold: foldLogin,
  newSubject: ["name, folded_name, spellings", "max(name), key, ARRAY[max(name)]"],
  primaryKey: "repository_id, user_id",
  otherIndex: { name: "repositories_users_user", columns: "user_id, repository_id" },
  // A user who logged in after Katello fetched the users is not in its mapping, and has the grants of that login.
  newer: `${isLater("s.granted_at")}
    OR (s.granted_at > coalesce(${USERS_FETCHED_BY_ID}, ${USERS_FETCHED_BY_ANY})
        AND NOT EXISTS (SELECT FROM subjects m WHERE m.key = s.folded_name))`,
  scope: "g.user_id NOT IN (SELECT id FROM newer)",
  // Katello may know a user by another spelling, so a user that the mapping left out is looked up in Katello at the next denial.
  mark: `UPDATE users s SET left_out = NOT left_out
          WHERE left_out = EXISTS (SELECT FROM subjects m WHERE m.key = s.folded_name)
            AND id NOT IN (SELECT id FROM newer)`,
};

/** Mapping of all hosts. */
export const HOSTS: Mapping = {
  kind: "host_grants",
  locks: ["host_grants"],
  ...GRANT_TABLES.hosts,
  subjects: "hosts",
  key: "uuid",
  newSubject: ["uuid", "key"],
  primaryKey: "host_id, repository_id",
  otherIndex: { name: "hosts_repositories_repository", columns: "repository_id" },
  newer: isLater("s.granted_at"),
  scope: "g.host_id NOT IN (SELECT id FROM newer)",
  mark: `UPDATE hosts SET unsettled = false
          WHERE unsettled AND uuid IN (SELECT key FROM subjects) AND id NOT IN (SELECT id FROM newer)`,
};

/** Mapping of the named hosts only, usually one. */
export const ONE_HOST: Mapping = {
  ...HOSTS,
  kind: "one_host_grants",
  scope: `g.host_id IN (SELECT s.id FROM hosts s JOIN subjects m ON m.key = s.uuid) AND ${HOSTS.scope}`,
  mark: `UPDATE hosts SET granted_at = $<came>, unsettled = false
          WHERE uuid IN (SELECT key FROM subjects) AND id NOT IN (SELECT id FROM newer)`,
};
