/** Callers who show a name and a password with the request itself, as `curl -u` does, and whom Katello takes them for. */
import type { Login, ResolvedCaller } from "../model/operations.ts";
import type { ChallengePlace } from "./challenge.ts";
import { isLoggedIn, type LogIn, loginRefused } from "./login/login.ts";

/** A call by somebody who may have to be logged in first. */
export interface UnresolvedCall {
  readonly caller: ResolvedCaller | Login;
  readonly requestId: string;
  readonly address: string | undefined;
  /** Read for a challenge only. */
  readonly origin: string;
}

/**
 * Finds the visitor behind a call.
 * @param scope of the challenge, should Katello refuse the credentials
 * @throws RegistryError as a login does
 */
export type ResolveCaller = (call: UnresolvedCall, scope?: string) => Promise<ResolvedCaller>;

/** Makes it. Such a login names no scope of its own, and never replaces a token that was revoked. */
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
