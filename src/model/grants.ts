/** Grants and access facts, shared by authorization, stores and caches. */

/** Access facts about a listed repository and a caller. */
export interface RepositoryFacts {
  readonly authRequired: boolean;
  readonly granted: boolean;
}

/** Subject of grants: a user or a host. */
export interface Subject {
  readonly kind: "user" | "host";
  readonly id: number;
}

/** Stored host. */
export interface StoredHost {
  readonly id: number;
  /** True if its grants are older than `grants_ttl`. */
  readonly stale: boolean;
  /** True if Katello granted it nothing when it was added: it may have been registered just before. */
  readonly unregistered: boolean;
}

/**
 * Grants of one subject, fetched from Katello. They are as old as the request: a sync that was applied after it may be
 * newer.
 */
export interface FetchedGrants {
  /** Names of the repositories that the subject may pull. */
  readonly repositories: readonly string[];
  /** Time of the request, by `performance.now()`. */
  readonly fetchedAt: number;
}

/**
 * Result of storing fetched grants. `kept`: they, or newer ones, are stored. `busy`: a sync is being applied, which takes
 * precedence. `overtaken`: a sync has replaced the grants of all subjects since the fetch.
 */
export type GrantUpdate = "kept" | "busy" | "overtaken";

/**
 * Why the stored grants of a subject may lack a repository: it has been restricted since they were stored (`closed`),
 * or the grants are outdated.
 */
export type StaleReason = "closed" | "outdated";
