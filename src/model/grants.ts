/** Who may pull what, in words that those who ask and those who know share. */

/** What is known of a listed repository and a caller. */
export interface RepositoryFacts {
  readonly authRequired: boolean;
  readonly granted: boolean;
}

/** Whose grants are meant: a user's or a host's. */
export interface Subject {
  readonly kind: "user" | "host";
  readonly id: number;
}

/** A host that is known. */
export interface StoredHost {
  readonly id: number;
  /** Its grants are older than they should be. */
  readonly stale: boolean;
  /** Katello granted it nothing when it was met here: it may have been registered a moment ago. */
  readonly unregistered: boolean;
}

/**
 * What Katello answered of one subject. It counts from when it was asked: what it says was found out then at the
 * earliest, and maybe before what it has pushed meanwhile.
 */
export interface FetchedGrants {
  /** The names of the repositories that the subject may pull. */
  readonly repositories: readonly string[];
  /** When it was asked, by `performance.now()`. */
  readonly fetchedAt: number;
}

/**
 * What became of such an answer: it is kept, or a later one is; a push is being written, which says more; or a mapping of
 * all subjects has come since Katello was asked.
 */
export type GrantUpdate = "kept" | "busy" | "overtaken";

/**
 * Why Katello's last word on a subject may not be what it would say now: the repository has been closed since, or the word
 * itself is out of date.
 */
export type StaleReason = "closed" | "outdated";

/** Which part of the catalogue is wanted. */
export interface CatalogPage {
  /** Absent for an anonymous caller, who sees what is public. */
  readonly subject: Subject | undefined;
  /** Names after this one, in the order of their bytes. */
  readonly last: string | undefined;
  /** At most so many; absent for all. */
  readonly limit: number | undefined;
}
