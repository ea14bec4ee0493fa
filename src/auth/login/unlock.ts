/** Ends lockouts after failed logins, which are stored by checksums of accounts and addresses. */
import { accountKey, addressKey } from "./login-keys.ts";

/** Stored counts of failed logins, by the keys of `login-keys.ts`. */
export interface FailureCounts {
  addresses(): Promise<string[]>;
  failures(accounts: readonly string[]): Promise<number>;
  forget(keys: Record<"accounts" | "addresses", readonly string[]>): Promise<number>;
}

/** An account, an address, or an account at one address. */
export interface LockedOut {
  readonly user?: string | undefined;
  readonly address?: string | undefined;
}

/** Keys of an account at every address from which logins have failed: an account has no key of its own. */
const accountKeys = async (counts: FailureCounts, user: string): Promise<string[]> =>
  (await counts.addresses()).map((address) => accountKey(user, address));

/** Counts the failed logins of an account, at all addresses. */
export const failuresOf = async (counts: FailureCounts, user: string): Promise<number> =>
  counts.failures(await accountKeys(counts, user));

/** Forgets the failed logins of an account, an address, or an account at an address. @returns the number of counts */
export async function unlock(counts: FailureCounts, { user, address }: LockedOut): Promise<number> {
  const key = address === undefined ? undefined : addressKey(address);
  if (user === undefined) return counts.forget({ accounts: [], addresses: key === undefined ? [] : [key] });
  const accounts = key === undefined ? await accountKeys(counts, user) : [accountKey(user, key)];
  return counts.forget({ accounts, addresses: [] });
}
