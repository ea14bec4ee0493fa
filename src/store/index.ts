/** The store in PostgreSQL, with one class per kind of object. */
import type { OpenDatabase } from "../database/index.ts";
import type { Settings } from "../settings/keys.ts";
import { HostStore } from "./hosts.ts";
import { LoginAttempts } from "./login-attempts.ts";
import { RepositoryStore } from "./repositories.ts";
import { TokenStore } from "./tokens.ts";
import { UserStore } from "./users.ts";

/** Number of accounts that may be locked out at one address before the address itself is. */
const ACCOUNTS_PER_ADDRESS = 20;

/** Opens the store on a database. */
export function openStore(
  { pool, changes }: Pick<OpenDatabase, "pool" | "changes">,
  settings: Pick<Settings, "login_attempts" | "foreman_failed_logins">,
) {
  return {
    repositories: new RepositoryStore(pool),
    users: new UserStore(pool, changes),
    hosts: new HostStore(pool, changes),
    tokens: new TokenStore(pool, changes),
    loginAttempts: new LoginAttempts(pool, {
      perAccount: settings.login_attempts,
      perAddress: settings.login_attempts * ACCOUNTS_PER_ADDRESS,
      perGateway: settings.foreman_failed_logins,
    }),
  };
}

/** An open store. */
export type Store = ReturnType<typeof openStore>;
