/** Logins and the tokens that come of them, in words that those who ask and those who know share. */

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
