/** Users who logged in here or whom Katello mapped, matched as Foreman does: in letters of any case. */

import type { Announce, ChangeFeed } from "../database/change-feed/change-feed.ts";
import type { Database, Queries } from "../database/database.ts";
import type { FetchedGrants, GrantUpdate } from "../model/grants.ts";
import { foldLogin } from "../model/logins.ts";
import { GrantWriter } from "./grant-writer.ts";
import { fetchTimesOf } from "./recency.ts";
import { changedSince, replaceSubjectGrants } from "./subject-grants.ts";
import { ensureRepositories } from "./unlisted-repositories.ts";

/** A user, and whether Katello has ever told or mapped what that user may pull. */
export interface EnsuredUser {
  readonly id: number;
  readonly hasGrants: boolean;
}

/** Spellings of one login that are kept; the one typed longest ago goes first. */
const MAX_SPELLINGS = 16;

const HAS_GRANTS =
  "(granted_at IS NOT NULL OR EXISTS (SELECT FROM repositories_users g WHERE g.user_id = users.id))";

/** @returns undefined if a mapping of all users has come after Katello was asked: it has to be asked again */
async function replace(
  queries: Queries,
  announce: Announce,
  id: number,
  told: FetchedGrants,
): Promise<{ unknown: number } | undefined> {
  const asked = await fetchTimesOf(queries, told.fetchedAt);
  const spoken = await changedSince(queries, "users", id, asked);
  if (spoken === "mapping") return undefined;
  if (spoken === "another") return { unknown: 0 };
  const wanted = await ensureRepositories(queries, told.repositories);
  await replaceSubjectGrants(queries, announce, "users", {
    id,
    repositories: wanted.map((one) => one.id),
    asked,
  });
  return { unknown: new Set(told.repositories).size - wanted.filter(({ listed }) => listed).length };
}

/** Users in PostgreSQL. */
export class UserStore {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #grants: GrantWriter;

  constructor(db: Database, changes: ChangeFeed) {
    this.#db = db;
    this.#changes = changes;
    this.#grants = new GrantWriter(db, changes, "user_grants_apply");
  }

  /** Finds a user, who is created if unknown; the name is kept as last typed, and every spelling of it. */
  async ensure(name: string): Promise<EnsuredUser> {
    const folded = foldLogin(name);
    const known = await this.#db.oneOrNone<EnsuredUser & { name: string }>(
      `SELECT id, name, ${HAS_GRANTS} AS "hasGrants" FROM users WHERE folded_name = $1`,
      [folded],
    );
    if (known?.name === name) return known;
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const user = await queries.one<EnsuredUser>(
        `INSERT INTO users (name, folded_name, spellings) VALUES ($1, $2, ARRAY[$1])
           ON CONFLICT (folded_name) DO UPDATE SET name = excluded.name,
             spellings = (ARRAY[excluded.name] || array_remove(users.spellings, excluded.name))[1:$3]
         RETURNING id, ${HAS_GRANTS} AS "hasGrants"`,
        [name, folded, MAX_SPELLINGS],
      );
      const tokens = await queries.any<{ token_checksum: string }>(
        "SELECT token_checksum FROM authentication_tokens WHERE user_id = $1",
        [user.id],
      );
      const keys = tokens.map(({ token_checksum }) => token_checksum);
      if (keys.length > 0) await announce({ kind: "tokens", keys });
      return user;
    });
  }

  /**
   * Lists the logins known here, for Katello to send mappings for: in lower case, and in every spelling that was typed, since
   * Katello looks them up letter by letter. That it asked is recorded: a mapping says nothing of users who came later.
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
   * Replaces a user's grants by what Katello was asked for, as a difference. Names that are not listed count as unknown,
   * and are granted as soon as they are.
   * @returns undefined if a mapping of all users has come since Katello was asked: it has to be asked again
   */
  replaceGrants(userId: number, told: FetchedGrants): Promise<{ unknown: number } | undefined> {
    return this.#grants.write((queries, announce) => replace(queries, announce, userId, told));
  }

  /** Replaces them likewise, but does nothing while a sync writes the same table: the sync says more. */
  async renew(userId: number, told: FetchedGrants): Promise<GrantUpdate> {
    const written = await this.#grants.writeNow((queries, announce) =>
      replace(queries, announce, userId, told),
    );
    if (written === undefined) return "busy";
    return written.result === undefined ? "overtaken" : "kept";
  }
}
