/**
 * What a push says, row by row. Values are as they came: whether a name is a name and an `auth_required` a truth
 * value is for the reader of the rows to judge.
 */

/** One entry of the list of repositories. */
export interface RepositoryRow {
  /** Number of the entry in the body, from 1. */
  entry: number;
  repository: string | undefined;
  auth_required: string | boolean | undefined;
}

/**
 * One repository that a user or host is listed with. A subject listed with none gives one row whose `entry` is 0 and
 * whose `repository` is undefined: mentioned, and nothing granted. A subject may come again later in the body.
 */
export interface GrantRow {
  /** Number of the entry in the body, from 1, counted across all subjects; 0 for a subject without entries. */
  entry: number;
  /** Login or host uuid. */
  subject: string;
  repository: string | undefined;
  auth_required: string | boolean | undefined;
}

/** One host; entries without a uuid give no row. */
export interface HostRow {
  /** Number of the entry in the body, from 1; those without a uuid count. */
  entry: number;
  uuid: string;
}
