/** Login at Katello, which verifies the credentials. The user, the token and the grants are stored. */
import type { Logger } from "pino";
import type { FetchedGrants } from "../../model/grants.ts";
import type {
  IssuedToken,
  LoginRequest,
  RefusedLogin,
  StoreClock,
  StoredLogin,
  VerifiedLogin,
} from "../../model/logins.ts";
import { ANONYMOUS_TOKEN, tokenChecksum } from "../credentials.ts";
import type { LogIn } from "./login-result.ts";

/** Katello, which verifies credentials. */
export interface Logins {
  login(request: LoginRequest): Promise<IssuedToken | RefusedLogin>;
  /** Lists the repositories that the credentials may pull. */
  catalog(authorization: string, requestId: string, address?: string): Promise<readonly string[]>;
}

/** Store of users and their grants. */
export interface Users {
  storeLogin(login: VerifiedLogin): Promise<StoredLogin>;
  /** @returns undefined if Katello has mapped all users since the grants were fetched: they have to be fetched again */
  replaceGrants(
    userId: number,
    grants: FetchedGrants,
    clock: StoreClock,
  ): Promise<{ readonly unlisted: number } | undefined>;
}

/** Store of tokens. */
export interface Tokens {
  /** Deletes all tokens of a user, at all gateways. */
  dropOf(name: string): Promise<unknown>;
}

/** Dependencies of a login at Katello. */
export interface KatelloLoginOptions {
  readonly logins: Logins;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly log: Logger;
}

/** Log lines for refused logins whose password was right. */
const LOGGED = {
  revoked: "login refused: the user's registry token is revoked in Foreman",
  permission: "login refused: the account lacks the permission create_personal_access_tokens in Foreman",
} as const;

/** Attempts to fetch the grants of a login, should Katello map all users meanwhile. */
const MAX_ATTEMPTS = 3;

/** Creates the login at Katello. The user is the one whom Katello authenticated: the name in the credentials, and no other. */
export function createKatelloLogin({ logins, users, tokens, log }: KatelloLoginOptions): LogIn {
  /** Fetches and stores the grants. If Katello's catalog is unavailable, the cached ones stay until the next sync. */
  async function renewGrants({ id, clock }: StoredLogin, request: LoginRequest): Promise<void> {
    const { authorization, requestId: request_id, address } = request;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const fetchedAt = performance.now();
      const repositories = await logins
        .catalog(authorization, request_id, address)
        .catch((error: unknown) => {
          log.warn(
            { request_id, err: error },
            "the grants of this login could not be fetched, the cached ones stay",
          );
          return undefined;
        });
      if (repositories === undefined) return;
      const stored = await users.replaceGrants(id, { repositories, fetchedAt }, clock);
      if (stored === undefined) continue;
      if (stored.unlisted > 0)
        log.info(
          { request_id, unlisted: stored.unlisted },
          "Katello's catalog names repositories that are not listed",
        );
      return;
    }
    log.warn({ request_id }, "the grants of this login are left to the syncs, which kept coming in between");
  }

  return async (request) => {
    const requestedAt = performance.now();
    const reply = await logins.login(request);
    const repliedAt = performance.now();
    if ("refused" in reply) {
      const { requestId: request_id, name } = request;
      if (reply.refused !== "credentials") log.info({ request_id, name }, LOGGED[reply.refused]);
      // The password was right, so it is certain that the cached token must not be accepted until its next recheck.
      if (reply.refused === "revoked") await tokens.dropOf(name);
      return reply;
    }
    if (reply.token === ANONYMOUS_TOKEN) return { ...reply, userId: undefined };
    const ageS = (performance.now() - requestedAt) / 1000;
    const stored = await users.storeLogin({
      name: request.name,
      checksum: tokenChecksum(reply.token),
      secondsLeft: reply.secondsLeft - (performance.now() - repliedAt) / 1000,
      ageS,
    });
    const renewal = renewGrants(stored, request);
    // Cached grants serve until the new ones are stored, unless somebody else had this login, whose token it replaces.
    if (!stored.hasGrants || stored.replaces) await renewal;
    else
      renewal.catch((error: unknown) =>
        log.warn(
          { request_id: request.requestId, err: error },
          "the grants of this login could not be stored",
        ),
      );
    const secondsLeft = reply.secondsLeft - (performance.now() - repliedAt) / 1000;
    return { token: reply.token, secondsLeft, userId: stored.id };
  };
}
