/** Logins and the tokens that come of them, in words that callers and stores share. */

/**
 * A login in the form in which logins are compared: letters in lower case, each by itself, as Ruby's `downcase` does it.
 * PostgreSQL's `lower` makes an `i` of `İ`, and JavaScript's of a whole text a final sigma: both would make one account of
 * two that Foreman tells apart.
 */
export const foldLogin = (login: string): string =>
  Array.from(login, (letter) => letter.toLowerCase()).join("");

/** A token that is cached and has not expired. */
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

/** A token from Katello and the seconds it has left. */
export interface IssuedToken {
  readonly token: string;
  readonly secondsLeft: number;
}

/**
 * Why Katello refuses a login: the name or the password is wrong; the user's registry token is revoked, and only a login
 * without a scope replaces it; the user lacks the permission to have tokens.
 */
export type LoginRefusal = "credentials" | "revoked" | "permission";

/** Katello's reply to a login that it refuses. */
export interface RefusedLogin {
  readonly refused: LoginRefusal;
}

/** A login to be checked by Katello. */
export interface LoginRequest {
  /** The caller's credentials as an `Authorization` header. */
  readonly authorization: string;
  /** The name in it, the only one that counts. */
  readonly name: string;
  /**
   * Whether the client named no scope, as `podman login` does: Katello then replaces a token that was revoked. A client that
   * pulls with stored credentials names one.
   */
  readonly replacesRevoked: boolean;
  readonly requestId: string;
  /** The client's address; absent over a unix socket. */
  readonly address: string | undefined;
}
