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
  /** Index of the name in the reader's cache of texts: equal indexes mean equal names; -1, the default, if it is not cached. */
  place?: number;
}

/** A host. Entries without a uuid have no row. */
export interface HostRow {
  /** Number of the entry in the body, from 1, including entries without a uuid. */
  entry: number;
  uuid: string;
}
