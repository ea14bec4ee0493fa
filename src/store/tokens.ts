/** Tokens, their users and their expiry by the database's clock. Only checksums are stored. `users.ts` writes them with a login. */
import type { ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database } from "../database/database.ts";
import { foldLogin, type StoredToken } from "../model/logins.ts";

/** Finds and deletes tokens by their checksums. */
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

  /** Deletes a token. @returns false if there was none */
  async drop(checksum: string): Promise<boolean> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const { rowCount } = await queries.result(
        "DELETE FROM authentication_tokens WHERE token_checksum = $1",
        [checksum],
      );
      await announce({ kind: "tokens", keys: [checksum] });
      return rowCount > 0;
    });
  }

  /** Deletes all tokens of a user. @returns their number */
  async dropOf(name: string): Promise<number> {
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const rows = await queries.any<{ token_checksum: string }>(
        `DELETE FROM authentication_tokens t USING users u
          WHERE u.id = t.user_id AND u.folded_name = $1 RETURNING t.token_checksum`,
        [foldLogin(name)],
      );
      const keys = rows.map(({ token_checksum }) => token_checksum);
      if (keys.length > 0) await announce({ kind: "tokens", keys });
      return keys.length;
    });
  }
}
