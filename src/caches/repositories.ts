/** The repositories that Katello listed, and what a caller may see of them. */
import type { CatalogPage, RepositoryFacts } from "../grants.ts";
import type { Database } from "./database.ts";

export class RepositoryCache {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is known of a repository and a user; undefined if it is not listed. */
  async facts(name: string, userId: number | undefined): Promise<RepositoryFacts | undefined> {
    const row = await this.#db.oneOrNone<{ auth_required: boolean; granted: boolean }>(
      `SELECT r.auth_required,
              EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = $2) AS granted
         FROM repositories r WHERE r.name = $1`,
      [name, userId ?? null],
    );
    return row === null ? undefined : { authRequired: row.auth_required, granted: row.granted };
  }

  /** The names that a user may pull, in the order of their bytes. */
  async visible({ userId, last, limit }: CatalogPage): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT r.name FROM repositories r
        WHERE (NOT r.auth_required
               OR EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = $1))
          AND ($2::text IS NULL OR r.name > $2 COLLATE "C")
        ORDER BY r.name COLLATE "C" LIMIT $3`,
      [userId ?? null, last ?? null, limit ?? null],
    );
    return rows.map(({ name }) => name);
  }
}
