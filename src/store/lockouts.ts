/** Lockouts after failed logins, for operators. {@link LoginAttempts} counts them. */
import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database } from "../database/database.ts";

/** Prefixes of the keys of accounts and addresses. */
const ADDRESS_PREFIX = "address:";
const ACCOUNT_PREFIX = "account:";

/** Finds and forgets lockouts. */
export class Lockouts {
  readonly #db: Database;
  readonly #changes: ChangeFeed;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#changes = changes;
  }

  /** Returns the checksums of all addresses with failed logins. */
  async addresses(): Promise<string[]> {
    const rows = await this.#db.any<{ key: string }>(
      "SELECT key FROM login_attempts WHERE key LIKE $1 || '%'",
      [ADDRESS_PREFIX],
    );
    return rows.map(({ key }) => key.slice(ADDRESS_PREFIX.length));
  }

  /** Counts the failed logins of accounts that still count. */
  async failures(accounts: readonly string[]): Promise<number> {
    const { failures } = await this.#db.one<{ failures: number }>(
      `SELECT coalesce(sum(failures), 0)::int AS failures
         FROM login_attempts WHERE key = ANY($1::text[]) AND forgotten_at > now()`,
      [accounts.map((account) => ACCOUNT_PREFIX + account)],
    );
    return failures;
  }

  /**
   * Forgets the failed logins of accounts and addresses, at all gateways. Logins under way still count.
   * @returns the number of counts that were not zero
   */
  async forget({
    accounts,
    addresses,
  }: Record<"accounts" | "addresses", readonly string[]>): Promise<number> {
    const keys = [
      ...accounts.map((account) => ACCOUNT_PREFIX + account),
      ...addresses.map((address) => ADDRESS_PREFIX + address),
    ];
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const { rowCount } = await queries.result(
        `UPDATE login_attempts SET failures = 0 WHERE key = ANY($1::text[]) AND failures > 0 AND forgotten_at > now()`,
        [keys],
      );
      await announce({ kind: "lockouts", keys: undefined });
      return rowCount;
    });
  }
}
