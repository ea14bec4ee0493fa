/** The repositories that Katello listed, and what a caller may see of them. */

import type { Database } from "../database/database.ts";
import type { CatalogPage, RepositoryFacts, StaleReason, Subject } from "../model/grants.ts";
import { lastMapping } from "./hosts.ts";

/** A repository and who wants to see it. */
export interface FactQuery {
  readonly name: string;
  readonly subject: Subject;
}

/** A listed repository, and what the subject may do with it. */
export interface StoredRepository extends RepositoryFacts {
  readonly id: number;
}
/** Whether a grant of subject `$1` on repository `r` is there, for each kind of subject. */
const GRANTED = {
  user: "EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = $1)",
  host: "EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = $1)",
  nobody: "($1::int IS NOT NULL AND false)",
} as const;

/**
 * Where Katello's last word on a subject `s` is: its table, and the push of its mapping, which is at `mapped.at`; and when
 * that word is out of date. A mapping left a user out who may be known in another spelling, or the user has logged in since.
 * A host was met before Katello granted it anything: it may just have been registered.
 */
const LAST_WORD = {
  user: {
    subjects: "users",
    push: "user_grants",
    outdated: `s.left_out OR EXISTS (SELECT FROM authentication_tokens t
      WHERE t.user_id = s.id AND t.issued_at > coalesce(greatest(s.granted_at, mapped.at), '-infinity'))`,
  },
  host: { subjects: "hosts", push: "host_grants", outdated: "s.unsettled" },
} as const;

const grantedTo = (subject: Subject | undefined): string => GRANTED[subject?.kind ?? "nobody"];
const idOf = (subject: Subject | undefined): number | null => subject?.id ?? null;

/** Repositories in PostgreSQL, and who may pull them. */
export class RepositoryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is known of each repository and subject, in their order; undefined for those that are not listed. */
  async facts(asked: readonly FactQuery[]): Promise<(StoredRepository | undefined)[]> {
    const ids = (kind: Subject["kind"]) =>
      asked.map(({ subject }) => (subject.kind === kind ? subject.id : null));
    const rows = await this.#db.any<StoredRepository & { place: number }>(
      `SELECT q.place::int, r.id, r.auth_required AS "authRequired",
              EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = q.user_id)
              OR EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = q.host_id) AS granted
         FROM unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY AS q (name, user_id, host_id, place)
         JOIN repositories r ON r.name = q.name AND r.listed`,
      [asked.map(({ name }) => name), ids("user"), ids("host")],
    );
    const known = new Map(rows.map(({ place, ...facts }) => [place - 1, facts]));
    return asked.map((_, index) => known.get(index));
  }

  /** The names of these repositories, or of all where left out, that are open to everybody. */
  async openRepositories(names?: readonly string[]): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT name FROM repositories WHERE listed AND NOT auth_required AND ($1::text[] IS NULL OR name = ANY($1::text[]))`,
      [names ?? null],
    );
    return rows.map(({ name }) => name);
  }

  /** Why Katello may grant a listed repository to a subject without having said so yet; undefined if it can't. */
  async staleReason(name: string, { kind, id }: Subject): Promise<StaleReason | undefined> {
    const { subjects, push, outdated } = LAST_WORD[kind];
    const found = await this.#db.oneOrNone<{ closed: boolean; outdated: boolean }>(
      `SELECT coalesce(r.closed_at > coalesce(greatest(s.granted_at, mapped.at), '-infinity'), false) AS closed,
              ${outdated} AS outdated
         FROM repositories r, ${subjects} s, ${lastMapping("$3")} mapped
        WHERE r.name = $1 AND r.listed AND s.id = $2`,
      [name, id, push],
    );
    if (found?.closed === true) return "closed";
    return found?.outdated === true ? "outdated" : undefined;
  }

  /** The names that a subject may pull, in the order of their bytes. */
  async visible({ subject, last, limit }: CatalogPage): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT r.name FROM repositories r
        WHERE r.listed AND (NOT r.auth_required OR ${grantedTo(subject)}) AND ($2::text IS NULL OR r.name > $2 COLLATE "C")
        ORDER BY r.name COLLATE "C" LIMIT $3`,
      [idOf(subject), last ?? null, limit ?? null],
    );
    return rows.map(({ name }) => name);
  }
}
