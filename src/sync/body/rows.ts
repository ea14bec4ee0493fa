/** Rows of syncs with unvalidated values: the consumer checks names and `auth_required`. */

/** An entry of the list of repositories. */
export interface RepositoryRow {
  /** Number of the entry in the body, from 1. */
  entry: number;
  repository: string | undefined;
  auth_required: string | boolean | undefined;
}

/**
 * A repository of a user or host. A subject without repositories is one row whose `entry` is 0 and whose `repository` is
 * undefined. A subject may occur several times in the body.
 */
export interface GrantRow {
  /** Number of the entry in the body, from 1, counted across all subjects; 0 for a subject without entries. */
  entry: number;
  /** Login or host uuid. */
  subject: string;
  repository: string | undefined;
  auth_required: string | boolean | undefined;
  /** Two repositories with the same place are equal; undefined or -1 if it has none. */
  place?: number;
}

/** A host. Entries without a uuid have no row. */
export interface HostRow {
  /** Number of the entry in the body, from 1, including entries without a uuid. */
  entry: number;
  uuid: string;
}
