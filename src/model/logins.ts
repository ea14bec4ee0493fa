/** Logins and tokens, shared by authentication and stores. */

/**
 * Converts a login to the form in which logins are compared: each letter in lower case, like Ruby's `downcase`. PostgreSQL's
 * `lower` maps `İ` to `i`, and JavaScript's `toLowerCase` of a whole text maps to a final sigma: both would merge accounts
 * that Foreman distinguishes.
 */
export const foldLogin = (login: string): string =>
  Array.from(login, (letter) => letter.toLowerCase()).join("");

/** Stored token that has not expired. */
export interface StoredToken {
  readonly userId: number;
  readonly userName: string;
  readonly secondsLeft: number;
}

/** A login that Katello has verified, to be stored. */
export interface VerifiedLogin {
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly checksum: string;
  /** Seconds until the token expires. */
  readonly secondsLeft: number;
  /** Seconds since the token was requested from Katello. */
  readonly ageS: number;
}

/** A login that has been stored. */
export interface StoredLogin {
  /** The user's id. */
  readonly id: number;
  /** True if Katello has ever given or mapped the user's grants. */
  readonly hasGrants: boolean;
  /** True if the token replaces an older one of the user. */
  readonly replaces: boolean;
  /** Reading of the clock of the store. */
  readonly clock: StoreClock;
}

/** A reading of the store's clock; times of this process are in milliseconds of `performance.now()`. */
export interface StoreClock {
  readonly now: Date;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Token that Katello issued, with its remaining lifetime. */
export interface IssuedToken {
  readonly token: string;
  readonly secondsLeft: number;
}

/**
 * Why Katello refuses a login. `credentials`: the name or the password is wrong. `revoked`: the user's registry token is
 * revoked, and only a login without a scope replaces it. `permission`: the user may not have tokens.
 */
export type LoginRefusal = "credentials" | "revoked" | "permission";

/** Katello's reply to a login that it refuses. */
export interface RefusedLogin {
  readonly refused: LoginRefusal;
}

/** Login request to Katello. */
export interface LoginRequest {
  /** Credentials as an `Authorization` header. */
  readonly authorization: string;
  /** Name in the credentials. */
  readonly name: string;
  /**
   * True if the client named no scope, as `podman login` does: Katello then replaces a revoked token. A client that pulls
   * with stored credentials names one.
   */
  readonly replacesRevoked: boolean;
  readonly requestId: string;
  /** Address of the client; absent over a unix socket. */
  readonly address: string | undefined;
}
