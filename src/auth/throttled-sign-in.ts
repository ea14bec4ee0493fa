/**
 * Signing in, with an end to guessing: who fails too often has to wait. Failures count for an account at an address, so
 * that nobody is kept out by what others do, and less strictly for an address, whatever the account.
 */
import { hash } from "node:crypto";
import { registryError } from "../errors.ts";
import type { LoginQuestion } from "../logins.ts";
import { Attempts } from "./attempts.ts";
import { networkOf } from "./network.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";

/** How often somebody has failed. */
export interface Standing {
  readonly failures: number;
  /** Seconds until another attempt is allowed; 0 for now. */
  readonly wait: number;
}

/** Where failures are counted. */
export interface FailureCount {
  standing(key: string): Promise<Standing>;
  fail(key: string): Promise<void>;
  forget(key: string): Promise<void>;
}

/** What throttling rests on. */
export interface ThrottleOptions {
  /** Failures of an account at an address, at the most: the setting `login_attempts`. */
  readonly most: number;
  readonly accounts: FailureCount;
  readonly addresses: FailureCount;
}

/** Names may be long, and may be a password that was typed in the wrong place. */
const checksum = (...parts: string[]): string => hash("sha256", parts.join("\0"), "base64url");

/** Signing in with an end to guessing. */
export interface ThrottledSignIn {
  readonly signIn: SignIn;
  /** @throws RegistryError TOOMANYREQUESTS for who has to wait; `signIn` looks for itself */
  readonly admit: (question: LoginQuestion) => Promise<void>;
}

/** Makes a sign-in that Katello is not asked by who failed too often. */
export function throttleSignIn(
  signIn: SignIn,
  { most, accounts, addresses }: ThrottleOptions,
): ThrottledSignIn {
  const attemptsOf = new Map<string, Attempts>();

  /** @throws RegistryError TOOMANYREQUESTS for who has to wait */
  async function failuresOf(account: string, address: string): Promise<number> {
    const [mine, all] = await Promise.all([accounts.standing(account), addresses.standing(address)]);
    const wait = Math.max(mine.wait, all.wait);
    if (wait === 0) return mine.failures;
    throw registryError("TOOMANYREQUESTS", {
      message: "too many logins have failed, try again later (login_attempts)",
      headers: { "Retry-After": String(Math.max(1, Math.ceil(wait))) },
    });
  }

  async function attempt(question: LoginQuestion, account: string, address: string) {
    const signedIn = await signIn(question);
    if (signedIn === undefined) await Promise.all([accounts.fail(account), addresses.fail(address)]);
    else if (signedIn.userId !== undefined) await accounts.forget(account);
    return signedIn;
  }

  const keysOf = ({ name, address: from }: LoginQuestion) => {
    const address = checksum(networkOf(from ?? "unix"));
    return { address, account: checksum(name.toLowerCase(), address) };
  };

  async function throttled(question: LoginQuestion): Promise<SignedIn | undefined> {
    const { account, address } = keysOf(question);
    const attempts = attemptsOf.get(account) ?? new Attempts();
    attemptsOf.set(account, attempts);
    attempts.present += 1;
    try {
      await attempts.turn(() => failuresOf(account, address), most);
      return await attempts.run(() => attempt(question, account, address));
    } finally {
      attempts.present -= 1;
      if (attempts.present === 0) attemptsOf.delete(account);
    }
  }

  return {
    signIn: throttled,
    admit: async (question) => {
      const { account, address } = keysOf(question);
      await failuresOf(account, address);
    },
  };
}
