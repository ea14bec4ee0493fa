/** Tables of grants. */

/** Kinds of subjects, which are also the names of their tables. */
export type SubjectKind = "users" | "hosts";

/** A table of grants of users or hosts. */
export interface GrantTable {
  readonly table: "repositories_users" | "hosts_repositories";
  readonly subjectId: "user_id" | "host_id";
  /** The kind of sync that maps all subjects. */
  readonly syncKind: "user_grants" | "host_grants";
}

/** Grant table of each kind of subject. */
export const GRANT_TABLES = {
  users: { table: "repositories_users", subjectId: "user_id", syncKind: "user_grants" },
  hosts: { table: "hosts_repositories", subjectId: "host_id", syncKind: "host_grants" },
} as const satisfies Readonly<Record<SubjectKind, GrantTable>>;
