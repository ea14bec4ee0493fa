/**
 * Signing in, with an end to guessing: who fails too often has to wait. Failures count for an account at an address, so
 * that nobody is kept out by what others do, and less strictly for an address, whatever the account.
 */
import { hash } from "node:crypto";
import { isIP } from "node:net";
import { registryError } from "../errors.ts";
import type { LoginQuestion } from "../logins.ts";
import type { SignIn } from "./sign-in.ts";

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

/** Whoever has one IPv6 address has all of its /64 network. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(plain) !== 6) return plain;
  const [head = [], tail = []] = plain
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}

/** Names may be long, and may be a password that was typed in the wrong place. */
const checksum = (...parts: string[]): string => hash("sha256", parts.join("\0"), "base64url");

/** Makes a sign-in that Katello is not asked by who failed too often. */
export function throttleSignIn(signIn: SignIn, { most, accounts, addresses }: ThrottleOptions): SignIn {
  /** Attempts under way, by account and address: many guesses at once are no way round the count. */
  const open = new Map<string, number>();

  async function attempt(question: LoginQuestion, account: string, address: string, others: number) {
    const [mine, all] = await Promise.all([accounts.standing(account), addresses.standing(address)]);
    const wait = Math.max(mine.wait, all.wait);
    // Each of the others may be a failure that is not counted yet.
    if (wait > 0 || mine.failures + others >= most) {
      throw registryError("TOOMANYREQUESTS", {
        message: "too many logins have failed, try again later",
        headers: { "Retry-After": String(Math.max(1, Math.ceil(wait))) },
      });
    }
    const signedIn = await signIn(question);
    if (signedIn === undefined) await Promise.all([accounts.fail(account), addresses.fail(address)]);
    else if (signedIn.userId !== undefined) await accounts.forget(account);
    return signedIn;
  }

  return async (question) => {
    const address = checksum(networkOf(question.address ?? "unix"));
    const account = checksum(question.name.toLowerCase(), address);
    const others = open.get(account) ?? 0;
    open.set(account, others + 1);
    try {
      return await attempt(question, account, address, others);
    } finally {
      const left = (open.get(account) ?? 0) - 1;
      if (left > 0) open.set(account, left);
      else open.delete(account);
    }
  };
}
