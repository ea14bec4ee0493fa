/** Callers who show a name and a password with the request itself, as `curl -u` does, and whom Katello takes them for. */
import type { Login, Visitor } from "../model/operations.ts";
import type { ChallengePlace } from "./challenge.ts";
import { isSignedIn, loginRefused, type SignIn } from "./login/login.ts";

/** A call by somebody who may have to be logged in first. */
export interface Visited {
  readonly caller: Visitor | Login;
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
export type VisitorOf = (call: Visited, scope?: string) => Promise<Visitor>;

/** Makes it. Such a login names no scope of its own, and never replaces a token that was revoked. */
export function createVisitors(signIn: SignIn): VisitorOf {
  return async (call, scope) => {
    const { caller, requestId, address } = call;
    if (caller.kind !== "login") return caller;
    const { authorization, name } = caller;
    const result = await signIn({ authorization, name, fresh: false, requestId, address });
    if (!isSignedIn(result)) {
      const place: ChallengePlace = { origin: call.origin, scope };
      throw loginRefused(place, result);
    }
    const { userId, token: value, secondsLeft } = result;
    return userId === undefined
      ? { kind: "anonymous", token: false }
      : { kind: "user", id: userId, name, token: { value, secondsLeft } };
  };
}
