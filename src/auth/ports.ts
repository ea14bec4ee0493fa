/** Interfaces that authentication and authorization need, mostly of stores, caches and Katello. */
import type {
  FetchedGrants,
  GrantUpdate,
  RepositoryFacts,
  StaleReason,
  StoredHost,
  Subject,
} from "../model/grants.ts";
import type { StoredToken } from "../model/logins.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";

/** Looks up tokens. */
export interface TokenLookup {
  /** Undefined for an unknown or expired token. */
  find(checksum: string): Promise<StoredToken | undefined>;
}

/** The repositories that are open to anonymous callers. */
export interface OpenRepositoryLookup {
  /** @throws RegistryError UNAVAILABLE if it can't be decided, whatever the name */
  has(name: RepositoryName): Promise<boolean>;
}

/** Katello's first sync of the repositories, before which nothing is decided about them. */
export interface FirstSyncCheck {
  /** True if it is known to be done, without a query. */
  readonly isDone: boolean;
  /** @throws RegistryError UNAVAILABLE before the first sync */
  require(): Promise<void>;
}

/** Looks up facts about repositories. */
export interface FactLookup {
  /** Undefined for a repository that is not listed. */
  facts(name: RepositoryName, subject: Subject): Promise<RepositoryFacts | undefined>;
}

/** Finds grants that Katello has not synchronized yet. */
export interface UnsyncedGrantLookup {
  /** @throws RegistryError if Katello can't be queried */
  include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean>;
}

/** Looks up hosts. */
export interface HostLookup {
  /** Undefined for a host that is not stored. */
  find(uuid: string): Promise<StoredHost | undefined>;
}

/** Stores hosts and their grants. */
export interface HostWriter {
  /**
   * Adds a host with its grants.
   * @returns its id; undefined if a sync has replaced all host grants since the fetch, which may have to be repeated
   */
  add(uuid: string, fetched: FetchedGrants): Promise<number | undefined>;
  /** Replaces a host's grants. */
  renew(id: number, fetched: FetchedGrants): Promise<GrantUpdate>;
}

/** Fetches the grants of hosts from Katello. */
export interface HostCatalogs {
  /** Names of the repositories that a host may pull; for a host that is unknown to Katello, the public ones. */
  hostCatalog(uuid: string, requestId: string): Promise<readonly string[]>;
}

/** Checks tokens with Katello. */
export interface TokenChecker {
  /**
   * True if a token is still valid.
   * @throws RegistryError if Katello can't be queried
   */
  accepts(token: string, requestId: string): Promise<boolean>;
}

/** Stores the grants of users, or of hosts. */
export interface GrantStore {
  renew(id: number, fetched: FetchedGrants): Promise<GrantUpdate>;
}

/** Tells if stored grants may be outdated. */
export interface GrantFreshness {
  /** Why the stored grants of a subject may lack a listed repository; undefined if they are up to date. */
  staleReason(name: RepositoryName, subject: Subject): Promise<StaleReason | undefined>;
}
