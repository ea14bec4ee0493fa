/**
 * Signing in once for all who do so with the same credentials at the same time, or within a few seconds: every pull of
 * a client begins with a login, and each of them would cost Katello two questions.
 */
import { createHmac, randomBytes } from "node:crypto";
import { networkOf } from "../../connection/network.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { isLoggedIn, type LoggedIn, type LogIn } from "./login.ts";

/** How logins are remembered. */
export interface ReuseOptions {
  /** Seconds; 0 remembers nothing, logins at the same time are still one. */
  readonly ttl: number;
  /** Whether what came of a login still counts. */
  readonly isValid: (loggedIn: LoggedIn) => Promise<boolean>;
  /** Throws for who has to wait, and must not learn from others that a guess is right. */
  readonly admit: (question: LoginRequest) => Promise<void>;
}

interface Remembered {
  readonly loggedIn: LoggedIn;
  /** Where it came from. */
  readonly network: string;
  /** When it was, and until when it is good for another; in milliseconds of the process's own clock. */
  readonly at: number;
  readonly until: number;
}

/** Logins are remembered for seconds, so even a busy site has no more of them. */
const MAX_LOGINS = 10_000;

const isTooMany = (error: unknown): boolean =>
  isRegistryError(error) && error.data?.code === "TOOMANYREQUESTS";

const older = ({ loggedIn, at }: Remembered): LoggedIn => ({
  ...loggedIn,
  secondsLeft: loggedIn.secondsLeft - (performance.now() - at) / 1000,
});

/**
 * Makes a login that caches what succeeded. Credentials are known by a keyed hash, whose key never leaves the process; what
 * was refused is not cached, and nobody is answered with what other credentials got. A login without a scope and one with a
 * scope are answered apart: only the first replaces a token that was revoked.
 */
export function reuseLogins(logIn: LogIn, { ttl, isValid: isGood, admit }: ReuseOptions): LogIn {
  const key = randomBytes(32);
  const flights = new SingleFlight<LoggedIn | RefusedLogin>();
  /** Where the login came from that is on its way. */
  const flying = new Map<string, string>();
  const remembered = new BoundedMap<string, Remembered>(MAX_LOGINS);

  async function recall(hash: string): Promise<Remembered | undefined> {
    const known = remembered.get(hash);
    if (known === undefined || known.until <= performance.now()) return undefined;
    if (await isGood(known.loggedIn)) return known;
    if (remembered.get(hash) === known) remembered.delete(hash);
    return undefined;
  }

  function remember(hash: string, login: Omit<Remembered, "until">): void {
    const { loggedIn, at } = login;
    remembered.set(hash, { ...login, until: at + Math.min(ttl, loggedIn.secondsLeft - 1) * 1000 });
    // The oldest come first, and those that are over with them.
    for (const [oldest, { until }] of remembered) {
      if (until > at) return;
      remembered.delete(oldest);
    }
  }

  async function fly(question: LoginRequest, hash: string, network: string) {
    flying.set(hash, network);
    try {
      const at = performance.now();
      const result = await logIn(question);
      if (isLoggedIn(result) && ttl > 0) remember(hash, { loggedIn: result, network, at });
      return result;
    } finally {
      flying.delete(hash);
    }
  }

  return async (question) => {
    const kind = question.replacesRevoked ? "fresh" : "scoped";
    const hash = createHmac("sha256", key).update(`${kind} ${question.authorization}`).digest("base64");
    const network = networkOf(question.address ?? "unix");
    const known = await recall(hash);
    const elsewhere = known?.network ?? flying.get(hash) ?? network;
    if (elsewhere !== network) await admit(question);
    if (known !== undefined) return older(known);
    try {
      return (await flights.join(hash, () => fly(question, hash, network))).result;
    } catch (error) {
      // What somebody is told who has to wait elsewhere is said to nobody here.
      if (elsewhere !== network && isTooMany(error)) return logIn(question);
      throw error;
    }
  };
}
