/** Which token is whose, and until when. Only checksums are kept; the database's clock decides. */

import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database } from "../database/database.ts";
import { foldLogin, type StoredToken } from "../model/logins.ts";

/**
 * Deletes the other tokens of a user, unless Katello was asked for them after it was asked for this one. It waits for nobody:
 * a token that another login is filing at this moment stays.
 */
const DELETE_SUPERSEDED = `DELETE FROM authentication_tokens
  WHERE id IN (SELECT id FROM authentication_tokens
                WHERE user_id = $2 AND token_checksum <> $1 AND issued_at < now() - make_interval(secs => $3)
                FOR UPDATE SKIP LOCKED)
  RETURNING token_checksum`;

/** Tokens in PostgreSQL, by their checksums. */
export class TokenStore {
  readonly #db: Database;
  readonly #changes: ChangeFeed;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#changes = changes;
  }

  /** @param checksums SHA-256 of tokens, hexadecimal */
  async find(checksums: readonly string[]): Promise<(StoredToken | undefined)[]> {
    const rows = await this.#db.any<{ checksum: string; id: number; name: string; seconds: number }>(
      `SELECT t.token_checksum AS checksum, u.id, u.name, extract(epoch FROM t.expire_at - now())::float8 AS seconds
         FROM authentication_tokens t JOIN users u ON u.id = t.user_id
        WHERE t.token_checksum = ANY($1::text[]) AND t.expire_at > now()`,
      [checksums],
    );
    const known = new Map(rows.map(({ checksum, ...row }) => [checksum, row]));
    return checksums.map((checksum) => {
      const row = known.get(checksum);
      return row && { userId: row.id, userName: row.name, secondsLeft: row.seconds };
    });
  }

  /** Forgets a token before its time. */
  async drop(checksum: string): Promise<void> {
    await this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      await queries.none("DELETE FROM authentication_tokens WHERE token_checksum = $1", [checksum]);
      await announce({ kind: "tokens", keys: [checksum] });
    });
  }

  /** Deletes all tokens of a user. */
  async dropOf(name: string): Promise<void> {
    await this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const rows = await queries.any<{ token_checksum: string }>(
        `DELETE FROM authentication_tokens t USING users u
          WHERE u.id = t.user_id AND u.folded_name = $1 RETURNING t.token_checksum`,
        [foldLogin(name)],
      );
      const keys = rows.map(({ token_checksum }) => token_checksum);
      if (keys.length > 0) await announce({ kind: "tokens", keys });
    });
  }

  /**
   * Files a token under a user for `secondsLeft` and deletes some that have expired. The same token of the same user that
   * lives on is no change: whoever caches it looks it up again when it was to end. A user has one registry token at Katello:
   * others that were filed before it are revoked, or belong to somebody who had this login and was renamed.
   * @param age seconds since Katello was asked for it
   * @returns whether it replaces another token of the user
   */
  async remember(checksum: string, userId: number, secondsLeft: number, age: number): Promise<boolean> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const { changed } = await queries.one<{ changed: boolean }>(
        `WITH gone AS (
           DELETE FROM authentication_tokens
            WHERE id IN (SELECT id FROM authentication_tokens WHERE expire_at <= now() AND token_checksum <> $1
                         ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)),
         lives_on AS (
           SELECT FROM authentication_tokens
            WHERE token_checksum = $1 AND user_id = $2 AND expire_at <= now() + make_interval(secs => $3)),
         filed AS (
           INSERT INTO authentication_tokens (token_checksum, user_id, expire_at, issued_at)
           VALUES ($1, $2, now() + make_interval(secs => $3), now() - make_interval(secs => $4))
           ON CONFLICT (token_checksum) DO UPDATE
              SET user_id = excluded.user_id, expire_at = excluded.expire_at, issued_at = excluded.issued_at
           RETURNING xmax <> 0 AS was_there)
         SELECT was_there AND NOT EXISTS (SELECT FROM lives_on) AS changed FROM filed`,
        [checksum, userId, secondsLeft, age],
      );
      const superseded = await queries.any<{ token_checksum: string }>(DELETE_SUPERSEDED, [
        checksum,
        userId,
        age,
      ]);
      const keys = superseded.map(({ token_checksum }) => token_checksum);
      if (changed) keys.push(checksum);
      if (keys.length > 0) await announce({ kind: "tokens", keys });
      return superseded.length > 0;
    });
  }
}
