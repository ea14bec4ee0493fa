/** Results of a login. */
import { type RegistryError, registryError } from "../../model/errors.ts";
import type { IssuedToken, LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { type ChallengePlace, unauthorized } from "../challenge.ts";

/** A user who has logged in; without an id if Katello gives the credentials the anonymous token. */
export interface LoggedIn extends IssuedToken {
  readonly userId: number | undefined;
}

/** Logs a user in; @throws RegistryError UNAVAILABLE if Katello is unavailable, TOOMANYREQUESTS if logins are throttled */
export type LogIn = (request: LoginRequest) => Promise<LoggedIn | RefusedLogin>;

/** True if Katello accepted the credentials. */
export const isLoggedIn = (result: LoggedIn | RefusedLogin): result is LoggedIn => !("refused" in result);

/** The error for a client whose login Katello refuses. */
export function loginRefused(place: ChallengePlace, { refused }: RefusedLogin): RegistryError {
  return refused === "permission"
    ? registryError("DENIED", {
        message:
          "this Foreman account may not have tokens: it lacks the permission create_personal_access_tokens",
      })
    : unauthorized(place);
}
