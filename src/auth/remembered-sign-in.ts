/**
 * Signing in once for all who do so with the same credentials at the same time, or within a few seconds: every pull of
 * a client begins with a login, and each of them would cost Katello two questions.
 */

import { createHmac, randomBytes } from "node:crypto";
import { BoundedMap } from "../bounded-map.ts";
import { Flights } from "../flights.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";

interface Remembered {
  readonly signedIn: SignedIn;
  /** When it was, and until when it is good for another; in milliseconds of the process's own clock. */
  readonly at: number;
  readonly until: number;
}

/** Logins are remembered for seconds, so even a busy site has no more of them. */
const MOST_LOGINS = 10_000;

/**
 * Makes a sign-in that remembers what succeeded. Credentials are known by a keyed hash, whose key never leaves the
 * process; what was refused is not remembered, and nobody is answered with what other credentials got.
 * @param ttl seconds; 0 remembers nothing, logins at the same time are still one
 */
export function rememberSignIn(signIn: SignIn, ttl: number): SignIn {
  const key = randomBytes(32);
  const flights = new Flights<SignedIn | undefined>();
  const remembered = new BoundedMap<string, Remembered>(MOST_LOGINS);

  function recall(hash: string): SignedIn | undefined {
    const known = remembered.get(hash);
    const now = performance.now();
    if (known === undefined || known.until <= now) return undefined;
    const { signedIn, at } = known;
    return { ...signedIn, secondsLeft: signedIn.secondsLeft - (now - at) / 1000 };
  }

  function remember(hash: string, signedIn: SignedIn, at: number): void {
    remembered.set(hash, { signedIn, at, until: at + Math.min(ttl, signedIn.secondsLeft - 1) * 1000 });
    // The oldest come first, and those that are over with them.
    for (const [oldest, { until }] of remembered) {
      if (until > at) return;
      remembered.delete(oldest);
    }
  }

  return async (question) => {
    const hash = createHmac("sha256", key).update(question.authorization).digest("base64");
    const known = recall(hash);
    if (known !== undefined) return known;
    const { answer } = await flights.join(hash, async () => {
      const at = performance.now();
      const signedIn = await signIn(question);
      if (signedIn !== undefined && ttl > 0) remember(hash, signedIn, at);
      return signedIn;
    });
    return answer;
  };
}
