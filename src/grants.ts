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
export interface KnownHost {
  readonly id: number;
  /** Its grants are older than they should be. */
  readonly stale: boolean;
}

/** A token that is known and has not run out. */
export interface KnownToken {
  readonly userId: number;
  readonly userName: string;
  readonly secondsLeft: number;
}

/** A token from Katello and the seconds it has left. */
export interface IssuedToken {
  readonly token: string;
  readonly secondsLeft: number;
}

/** A login to be checked by Katello. */
export interface LoginQuestion {
  /** The caller's `Authorization` header as it came. */
  readonly authorization: string;
  /** The name in it, the only one that counts. */
  readonly name: string;
  readonly requestId: string;
  /** Where the login comes from; absent over a unix socket. */
  readonly address: string | undefined;
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

/** A repository as Katello lists it. */
export interface ListedRepository {
  readonly name: string;
  readonly authRequired: boolean;
}

/** A subject may pull a repository; without a repository the subject is only mentioned. */
export interface MappedGrant {
  /** A login or a host's uuid. */
  readonly subject: string;
  readonly repository: string | undefined;
}

/** A push under way. Its counts grow while its body is read. */
export interface PushContext {
  readonly requestId: string;
  /** Who pushes: the common name of a certificate, or `unix`. */
  readonly caller: string;
  /** When it came, by `performance.now()`. */
  readonly started: number;
  readonly counts: { entries: number; invalid: number; bytes: number };
  /** Numbers of the first entries that are invalid. */
  readonly invalidEntries: number[];
}

/** What a push changed, and how many of its entries name repositories that are not listed. */
export interface PushChange {
  readonly inserted: number;
  readonly deleted: number;
  readonly unknown: number;
}

/** Rows in the batches in which they are read. */
export type Batches<Row> = AsyncIterable<readonly Row[]>;
