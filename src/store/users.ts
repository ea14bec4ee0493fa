/** Users who have logged in or whom Katello mapped, told apart as Foreman does: regardless of letter case. */
import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import { withClock } from "../database/clock.ts";
import type { Database } from "../database/database.ts";
import type { FetchedGrants, GrantUpdate } from "../model/grants.ts";
import { foldLogin, type StoreClock, type StoredLogin, type VerifiedLogin } from "../model/logins.ts";
import { GrantWriter, updateOf } from "./subject-grants.ts";

/** Spellings of one login that are stored; the one that was typed longest ago is dropped first. */
const MAX_SPELLINGS = 16;

/** The function is in migrations/sqls/20261128020000-last-login-up.sql. */
const STORE_LOGIN =
  'SELECT id, has_grants AS "hasGrants", replaces, changes, now FROM gateway_store_login($1, $2, $3, $4, $5, $6)';

type LoginRow = Omit<StoredLogin, "clock"> & { readonly changes: readonly string[]; readonly now: Date };

/** Users in PostgreSQL. */
export class UserStore {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #grants: GrantWriter;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#changes = changes;
    this.#grants = new GrantWriter(db, changes, "users", "user_grants_apply");
  }

  /**
   * Stores a login that Katello has verified: its user, who is created if new, with the name as last typed, every spelling of
   * it and the time, and the token, by its checksum. The same token of the same user that lives longer is no change: caches look it up
   * again when it was to expire. Older tokens of the user are deleted: a user has one registry token at Katello, so they are
   * revoked, or belong to somebody who had this login before and was renamed.
   */
  async storeLogin({ name, checksum, secondsLeft, ageS }: VerifiedLogin): Promise<StoredLogin> {
    const values = [name, foldLogin(name), MAX_SPELLINGS, checksum, secondsLeft, ageS];
    const { row, clock } = await withClock(() =>
      this.#changes.write<LoginRow>(this.#db, STORE_LOGIN, values),
    );
    const { id, hasGrants, replaces } = row;
    return { id, hasGrants, replaces, clock };
  }

  /**
   * Lists the logins for which Katello is to send mappings: in lower case, and in every spelling that was typed, since Katello
   * looks them up letter by letter. The request is recorded: a mapping says nothing about users who came later.
   */
  async list({ requestId, caller }: { requestId: string; caller: string }): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `WITH asked AS (INSERT INTO pushes (kind, request_id, caller) VALUES ('users', $1, $2))
       SELECT DISTINCT s.name COLLATE "C" AS name FROM users,
              LATERAL unnest(spellings || ARRAY[users.name, folded_name]) AS s (name) ORDER BY 1`,
      [requestId, caller],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Replaces a user's grants by a catalog of Katello's, as a difference. Names that are not listed are granted as soon as
   * they are.
   * @param clock a recent reading of the database's clock
   * @returns the number of names that are not listed; undefined if a mapping of all users has come since the catalog was
   * fetched, which then has to be fetched again
   */
  async replaceGrants(
    userId: number,
    grants: FetchedGrants,
    clock?: StoreClock,
  ): Promise<{ unlisted: number } | undefined> {
    const { outcome, unlisted } = await this.#grants.replace({ id: userId }, grants, clock);
    if (outcome === "mapped") return undefined;
    return { unlisted: outcome === "stored" ? unlisted : 0 };
  }

  /** Replaces them likewise, but does nothing while a sync writes the same table: it says more. */
  async renew(userId: number, grants: FetchedGrants): Promise<GrantUpdate> {
    return updateOf((await this.#grants.tryReplace({ id: userId }, grants)).outcome);
  }
}
