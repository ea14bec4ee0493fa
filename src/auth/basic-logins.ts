/** Logs in callers that send Basic credentials with the request itself, as `curl -u` does. */
import type { Login, ResolvedCaller } from "../model/operations.ts";
import type { ChallengePlace } from "./challenge.ts";
import { isLoggedIn, type LogIn, loginRefused } from "./login/login-result.ts";

/** A call whose caller may have to be logged in first. */
export interface UnresolvedCall {
  readonly caller: ResolvedCaller | Login;
  readonly requestId: string;
  readonly address: string | undefined;
  /** Read only if a challenge is sent. */
  readonly origin: string;
}

/**
 * Resolves the caller of a call, logging it in if necessary.
 * @param scope scope of the challenge if Katello refuses the credentials
 * @throws RegistryError as a login does
 */
export type ResolveCaller = (call: UnresolvedCall, scope?: string) => Promise<ResolvedCaller>;

/** Creates the resolver. Its logins never replace a revoked token. */
export function createCallerResolver(logIn: LogIn): ResolveCaller {
  return async (call, scope) => {
    const { caller, requestId, address } = call;
    if (caller.kind !== "login") return caller;
    const { authorization, name } = caller;
    const result = await logIn({ authorization, name, replacesRevoked: false, requestId, address });
    if (!isLoggedIn(result)) {
      const place: ChallengePlace = { origin: call.origin, scope };
      throw loginRefused(place, result);
    }
    const { userId, token: value, secondsLeft } = result;
    return userId === undefined
      ? { kind: "anonymous", token: false }
      : { kind: "user", id: userId, name, token: { value, secondsLeft } };
  };
}
