/** The repositories that Katello listed, and what a caller may see of them. */
import type { CatalogPage, RepositoryFacts, Subject } from "../grants.ts";
import type { Database } from "./database.ts";

/** A repository and who wants to see it; undefined for an anonymous caller. */
export interface FactQuestion {
  readonly name: string;
  readonly subject: Subject | undefined;
}

/** A listed repository, and what the subject may do with it. */
export interface KnownRepository extends RepositoryFacts {
  readonly id: number;
}
/** Whether a grant of subject `$1` on repository `r` is there, for each kind of subject. */
const GRANTED = {
  user: "EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = $1)",
  host: "EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = $1)",
  nobody: "($1::int IS NOT NULL AND false)",
} as const;

/** Where Katello's last word on a kind of subject is: its table, and the push of its mapping. */
const MAPPED = {
  user: { subjects: "users", push: "user_grants" },
  host: { subjects: "hosts", push: "host_grants" },
} as const;

const grantedTo = (subject: Subject | undefined): string => GRANTED[subject?.kind ?? "nobody"];
const idOf = (subject: Subject | undefined): number | null => subject?.id ?? null;

/** Repositories in PostgreSQL, and who may pull them. */
export class RepositoryCache {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is known of each repository and subject, in their order; undefined for those that are not listed. */
  async facts(asked: readonly FactQuestion[]): Promise<(KnownRepository | undefined)[]> {
    const ids = (kind: Subject["kind"]) =>
      asked.map(({ subject }) => (subject?.kind === kind ? subject.id : null));
    const rows = await this.#db.any<KnownRepository & { place: number }>(
      `SELECT q.place::int, r.id, r.auth_required AS "authRequired",
              EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = q.user_id)
              OR EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = q.host_id) AS granted,
              r.closed_at IS NOT NULL AS "wasOpen"
         FROM unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY AS q (name, user_id, host_id, place)
         JOIN repositories r ON r.name = q.name AND r.listed`,
      [asked.map(({ name }) => name), ids("user"), ids("host")],
    );
    const known = new Map(rows.map(({ place, ...facts }) => [place - 1, facts]));
    return asked.map((_, index) => known.get(index));
  }

  /** Whether a repository was closed after Katello last said what a subject may pull. */
  async isUnmapped(name: string, { kind, id }: Subject): Promise<boolean> {
    const { subjects, push } = MAPPED[kind];
    const { unmapped } = await this.#db.one<{ unmapped: boolean }>(
      `SELECT EXISTS (SELECT FROM repositories WHERE name = $1 AND listed AND closed_at > coalesce(greatest(
         (SELECT granted_at FROM ${subjects} WHERE id = $2),
         (SELECT at FROM pushes WHERE kind = $3 AND outcome = 'done' ORDER BY id DESC LIMIT 1)), '-infinity')) AS unmapped`,
      [name, id, push],
    );
    return unmapped;
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

  /** The visible names that hold `text`, letters of any case; no letter of it is a wildcard. */
  async search(text: string, subject: Subject | undefined, limit: number): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT r.name FROM repositories r
        WHERE r.listed AND strpos(lower(r.name), lower($2)) > 0 AND (NOT r.auth_required OR ${grantedTo(subject)})
        ORDER BY r.name COLLATE "C" LIMIT $3`,
      [idOf(subject), text, limit],
    );
    return rows.map(({ name }) => name);
  }

  /** Which of these names a subject may pull. */
  async visibleAmong(names: readonly string[], subject: Subject | undefined): Promise<Set<string>> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT r.name FROM repositories r
        WHERE r.listed AND r.name = ANY($2::text[]) AND (NOT r.auth_required OR ${grantedTo(subject)})`,
      [idOf(subject), names],
    );
    return new Set(rows.map(({ name }) => name));
  }
}
