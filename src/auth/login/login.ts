/**
 * Login. In this order:
 * 1. a recent login with the same credentials is reused for `login_ttl` seconds;
 * 2. the same login under way is joined;
 * 3. the bounds on failed logins are checked, and a place under them is taken;
 * 4. Katello verifies the credentials, and user, token and grants are stored;
 * 5. the outcome is counted, and cached if the login succeeded.
 */

import { siteOf } from "../../connection/network.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { isLoggedIn, type LoggedIn, type LogIn } from "./login-result.ts";
import type { RecentLogins } from "./recent-logins.ts";
import type { LoginOutcome, LoginThrottle } from "./throttle.ts";

/** Dependencies of a login. */
export interface LoginOptions {
  readonly recent: RecentLogins;
  readonly throttle: Pick<LoginThrottle, "admit" | "reserve">;
  /** Verifies the credentials and stores what follows from them. */
  readonly katelloLogin: LogIn;
}

type Result = LoggedIn | RefusedLogin;

const isThrottled = (error: unknown): boolean =>
  isRegistryError(error) && error.data?.code === "TOOMANYREQUESTS";

/** The outcome for the count of failed logins. Only a wrong name or password is a failure. */
function outcomeOf(result: Result): LoginOutcome {
  if (isLoggedIn(result)) return result.userId === undefined ? "unknown" : "succeeded";
  return result.refused === "credentials" ? "failed" : "unknown";
}

/** Creates the login of all clients. */
export function createLogin({ recent, throttle, katelloLogin }: LoginOptions): LogIn {
  const underWay = new SingleFlight<Result>();
  /** Networks of the clients that started the logins under way, by their keys. */
  const startedBy = new Map<string, string>();

  async function verify(request: LoginRequest): Promise<Result> {
    const settle = await throttle.reserve(request);
    let outcome: LoginOutcome = "unknown";
    try {
      const result = await katelloLogin(request);
      outcome = outcomeOf(result);
      return result;
    } finally {
      await settle(outcome);
    }
  }

  async function start(request: LoginRequest, key: string, network: string): Promise<Result> {
    startedBy.set(key, network);
    try {
      const at = performance.now();
      const result = await verify(request);
      if (isLoggedIn(result)) recent.add(key, { loggedIn: result, network, at });
      return result;
    } finally {
      startedBy.delete(key);
    }
  }

  return async (request) => {
    const key = recent.keyOf(request);
    const network = siteOf(request.address ?? "unix");
    const cached = await recent.find(key);
    const isFromElsewhere =
      cached === undefined ? (startedBy.get(key) ?? network) !== network : !cached.isAdmitted(network);
    // A throttled address must not learn from the logins of others that a guess is right.
    if (isFromElsewhere) await throttle.admit(request);
    if (cached !== undefined) {
      if (isFromElsewhere) cached.admit(network);
      return cached.loggedIn;
    }
    try {
      return (await underWay.join(key, () => start(request, key, network))).result;
    } catch (error) {
      // The other address is throttled, and this one is not.
      if (isFromElsewhere && isThrottled(error)) return verify(request);
      throw error;
    }
  };
}
