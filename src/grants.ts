/** Who may pull what, in words that those who ask and those who know share. */

/** What is known of a listed repository and a caller. */
export interface RepositoryFacts {
  readonly authRequired: boolean;
  readonly granted: boolean;
  /** It was open to all before: who may pull it now may not be known yet. */
  readonly wasOpen?: boolean;
}

/** Whose grants are meant: a user's or a host's. */
export interface Subject {
  readonly kind: "user" | "host";
  readonly id: number;
}

/** A host that is known. */
export interface KnownHost {
  readonly id: number;
  /** Its grants are older than they should be. */
  readonly stale: boolean;
}

/** Which part of the catalogue is wanted. */
export interface CatalogPage {
  /** Absent for an anonymous caller, who sees what is public. */
  readonly subject: Subject | undefined;
  /** Names after this one, in the order of their bytes. */
  readonly last: string | undefined;
  /** At most so many; absent for all. */
  readonly limit: number | undefined;
}
