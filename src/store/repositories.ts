/** Repositories that Katello listed, and the access of subjects to them. */

import type { Database, Queries } from "../database/database.ts";
import type { RepositoryFacts, StaleReason, Subject } from "../model/grants.ts";
import { lastMapping } from "./hosts.ts";

/** A repository and the subject that requests it. */
export interface FactQuery {
  readonly name: string;
  readonly subject: Subject;
}

/** A listed repository, and the subject's access to it. */
export interface StoredRepository extends RepositoryFacts {
  readonly id: number;
}
/** SQL condition that subject `$1` has a grant for repository `r`, for each kind of subject. */
const GRANTED = {
  user: "EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = $1)",
  host: "EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = $1)",
  anonymous: "($1::int IS NOT NULL AND false)",
} as const;

/**
 * Freshness of the grants of a subject `s`: its table, the kind of sync that maps it (at `mapped.at`), and the condition under
 * which its grants may be outdated. For a user: the last mapping left it out, maybe because Katello uses another spelling, or
 * the user has logged in since. For a host: Katello had granted it nothing yet, maybe because it was just being registered.
 */
const FRESHNESS = {
  user: {
    subjects: "users",
    syncKind: "user_grants",
    outdated: `s.left_out OR EXISTS (SELECT FROM authentication_tokens t
      WHERE t.user_id = s.id AND t.issued_at > coalesce(greatest(s.granted_at, mapped.at), '-infinity'))`,
  },
  host: { subjects: "hosts", syncKind: "host_grants", outdated: "s.unsettled" },
} as const;

/** Resolves to true if Katello has ever sent a list of repositories, or the plugin has left one. */
export async function wereEverListed(queries: Pick<Queries, "one">): Promise<boolean> {
  const { listed } = await queries.one<{ listed: boolean }>(
    `SELECT EXISTS (SELECT FROM repositories WHERE listed)
            OR EXISTS (SELECT FROM pushes WHERE kind = 'repositories' AND outcome = 'done') AS listed`,
  );
  return listed;
}

const grantedTo = (subject: Subject | undefined): string => GRANTED[subject?.kind ?? "anonymous"];
const idOf = (subject: Subject | undefined): number | null => subject?.id ?? null;

/** Stores repositories, and decides who may pull them. */
export class RepositoryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Returns the facts for each query, in order; undefined for repositories that are not listed. */
  async facts(queries: readonly FactQuery[]): Promise<(StoredRepository | undefined)[]> {
    const ids = (kind: Subject["kind"]) =>
      queries.map(({ subject }) => (subject.kind === kind ? subject.id : null));
    const rows = await this.#db.any<StoredRepository & { place: number }>(
      `SELECT q.place::int, r.id, r.auth_required AS "authRequired",
              EXISTS (SELECT FROM repositories_users g WHERE g.repository_id = r.id AND g.user_id = q.user_id)
              OR EXISTS (SELECT FROM hosts_repositories g WHERE g.repository_id = r.id AND g.host_id = q.host_id) AS granted
         FROM unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY AS q (name, user_id, host_id, place)
         JOIN repositories r ON r.name = q.name AND r.listed`,
      [queries.map(({ name }) => name), ids("user"), ids("host")],
    );
    const byIndex = new Map(rows.map(({ place, ...facts }) => [place - 1, facts]));
    return queries.map((_, index) => byIndex.get(index));
  }

  /** Resolves to true if Katello has ever sent a list of repositories. */
  wereEverListed(): Promise<boolean> {
    return wereEverListed(this.#db);
  }

  /** Returns which of these repositories (all by default) are open to anonymous callers. */
  async openRepositories(names?: readonly string[]): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT name FROM repositories WHERE listed AND NOT auth_required AND ($1::text[] IS NULL OR name = ANY($1::text[]))`,
      [names ?? null],
    );
    return rows.map(({ name }) => name);
  }

  /** Returns the reason why the stored grants of a subject may lack a grant that Katello has; undefined if they are up to date. */
  async staleReason(name: string, { kind, id }: Subject): Promise<StaleReason | undefined> {
    const { subjects, syncKind, outdated } = FRESHNESS[kind];
    const found = await this.#db.oneOrNone<{ closed: boolean; outdated: boolean }>(
      `SELECT coalesce(r.closed_at > coalesce(greatest(s.granted_at, mapped.at), '-infinity'), false) AS closed,
              ${outdated} AS outdated
         FROM repositories r, ${subjects} s, ${lastMapping("$3")} mapped
        WHERE r.name = $1 AND r.listed AND s.id = $2`,
      [name, id, syncKind],
    );
    if (found?.closed === true) return "closed";
    return found?.outdated === true ? "outdated" : undefined;
  }

  /** Returns the names that a subject may pull, in byte order. */
  async visible(subject: Subject | undefined): Promise<string[]> {
    const rows = await this.#db.any<{ name: string }>(
      `SELECT r.name FROM repositories r
        WHERE r.listed AND (NOT r.auth_required OR ${grantedTo(subject)})
        ORDER BY r.name COLLATE "C"`,
      [idOf(subject)],
    );
    return rows.map(({ name }) => name);
  }
}
