/** The store in PostgreSQL, with one class per kind of object. */
import { foreignWriters } from "../database/foreign-writers.ts";
import type { OpenDatabase } from "../database/index.ts";
import type { Settings } from "../settings/keys.ts";
import { HostStore } from "./hosts.ts";
import { Lockouts } from "./lockouts.ts";
import { LoginAttempts } from "./login-attempts.ts";
import { Overview } from "./overview.ts";
import { RepositoryStore } from "./repositories.ts";
import { TokenStore } from "./tokens.ts";
import { UserStore } from "./users.ts";

/** Number of accounts that may be locked out at one address before the address itself is. */
const ACCOUNTS_PER_ADDRESS = 20;
/** Fraction of the gateway's failed logins that one address may cause, so that it can't lock out all others. */
const ADDRESS_FRACTION = 1 / 3;

type StoreSettings = Pick<Settings, "login_attempts" | "foreman_failed_logins">;

/** Returns the failed logins that one address may cause; 0 for any number. */
function perAddress({ login_attempts, foreman_failed_logins }: StoreSettings): number {
  const byAttempts = login_attempts * ACCOUNTS_PER_ADDRESS;
  if (foreman_failed_logins === 0) return byAttempts;
  const share = Math.max(1, Math.floor(foreman_failed_logins * ADDRESS_FRACTION));
  return byAttempts === 0 ? share : Math.min(byAttempts, share);
}

/** Opens the store on a database. */
export function openStore(
  { pool, changes }: Pick<OpenDatabase, "pool" | "changes">,
  settings: StoreSettings,
) {
  const loginAttempts = new LoginAttempts(pool, {
    perAccount: settings.login_attempts,
    perAddress: perAddress(settings),
    perGateway: settings.foreman_failed_logins,
  });
  changes.listen({
    changed: ({ kind }) => {
      if (kind === "lockouts") loginAttempts.reload();
    },
    disconnected: () => undefined,
    connected: () => loginAttempts.reload(),
  });
  return {
    overview: new Overview(pool),
    lockouts: new Lockouts(pool, changes),
    repositories: new RepositoryStore(pool),
    users: new UserStore(pool, changes),
    /** Other roles that may change the tables. */
    foreignWriters: { list: () => foreignWriters((sql, values) => pool.any(sql, values)) },
    hosts: new HostStore(pool, changes),
    tokens: new TokenStore(pool, changes),
    loginAttempts,
  };
}

/** An open store. */
export type Store = ReturnType<typeof openStore>;
