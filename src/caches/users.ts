/** The users who logged in here or whom Katello mapped, matched as Foreman does: in letters of any case. */
import type { Renewal, ToldGrants } from "../grants.ts";
import type { Announce, Changes } from "./changes.ts";
import type { Database, Queries } from "./database.ts";
import { BesidePushes } from "./pushing/beside-pushes.ts";
import { mention } from "./pushing/mentions.ts";
import { askedAt } from "./pushing/order.ts";
import { replaceOwnGrants, spokenSince } from "./pushing/own-grants.ts";

/** @returns undefined if a mapping of all users has come after Katello was asked: it has to be asked again */
async function replace(
  queries: Queries,
  announce: Announce,
  id: number,
  told: ToldGrants,
): Promise<{ unknown: number } | undefined> {
  const asked = await askedAt(queries, told.asked);
  const spoken = await spokenSince(queries, "users", id, asked);
  if (spoken === "mapping") return undefined;
  if (spoken === "another") return { unknown: 0 };
  const wanted = await mention(queries, told.repositories);
  await replaceOwnGrants(queries, announce, "users", {
    id,
    repositories: wanted.map((one) => one.id),
    asked,
  });
  return { unknown: new Set(told.repositories).size - wanted.filter(({ listed }) => listed).length };
}

/** Users in PostgreSQL. */
export class UserCache {
  readonly #db: Database;
  readonly #changes: Changes;
  readonly #grants: BesidePushes;

  constructor(db: Database, changes: Changes) {
    this.#db = db;
    this.#changes = changes;
    this.#grants = new BesidePushes(db, changes, "user_grants_apply");
  }

  /** The id of a user, who is created if unknown; the name is kept in the form last typed. */
  async ensure(name: string): Promise<number> {
    const known = await this.#db.oneOrNone<{ id: number; name: string }>(
      "SELECT id, name FROM users WHERE lower(name) = lower($1)",
      [name],
    );
    if (known?.name === name) return known.id;
    return this.#changes.transaction(this.#db, async (queries, _connection, announce) => {
      const { id } = await queries.one<{ id: number }>(
        `INSERT INTO users (name) VALUES ($1)
           ON CONFLICT (lower(name)) DO UPDATE SET name = excluded.name RETURNING id`,
        [name],
      );
      const tokens = await queries.any<{ token_checksum: string }>(
        "SELECT token_checksum FROM authentication_tokens WHERE user_id = $1",
        [id],
      );
      const keys = tokens.map(({ token_checksum }) => token_checksum);
      if (keys.length > 0) await announce({ kind: "tokens", keys });
      return id;
    });
  }

  /**
   * The logins known here, for Katello to send mappings for. That it asked is recorded: a mapping says nothing of users
   * who came later.
   */
  async list({ requestId, caller }: { requestId: string; caller: string }): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `WITH asked AS (INSERT INTO pushes (kind, request_id, caller) VALUES ('users', $1, $2))
       SELECT name FROM users ORDER BY name COLLATE "C"`,
      [requestId, caller],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Replaces a user's grants by what Katello was asked for, as a difference. Names that are not listed count as unknown,
   * and are granted as soon as they are.
   * @returns undefined if a mapping of all users has come since Katello was asked: it has to be asked again
   */
  replaceGrants(userId: number, told: ToldGrants): Promise<{ unknown: number } | undefined> {
    return this.#grants.write((queries, announce) => replace(queries, announce, userId, told));
  }

  /** The same, but nothing at all while a push writes the same table: the push says more. */
  async renew(userId: number, told: ToldGrants): Promise<Renewal> {
    const written = await this.#grants.writeNow((queries, announce) =>
      replace(queries, announce, userId, told),
    );
    if (written === undefined) return "busy";
    return written.result === undefined ? "overtaken" : "kept";
  }
}
