/** Views of the store for operators, as JSON in the forms of the contract. PostgreSQL makes it, and leaves out what is NULL. */
import type { Database } from "../database/database.ts";
import type { components } from "../generated/openapi.ts";
import { foldLogin } from "../model/logins.ts";

type Schemas = components["schemas"];
/** Numbers of rows. */
export type Counts = NonNullable<Schemas["Status"]["counts"]>;

/** A page of a list: at most `n` rows after the key `last`. */
export interface ListPage {
  readonly n?: number | undefined;
  readonly last?: string | undefined;
  /** Text that the key of a row must contain, whatever its case. */
  readonly q?: string | undefined;
}

/** Rows of a page, and the number of those on all pages. */
export interface Listed<Row> {
  readonly rows: Row[];
  readonly total: number;
}

/** Rows of a page if the caller names no number. */
const DEFAULT_ROWS_LIMIT = 1_000;

/** Tokens of a user `u`, by the clock of the database. */
const TOKEN_COUNT =
  "(SELECT count(*) FROM authentication_tokens t WHERE t.user_id = u.id AND t.expire_at > now())";

/** SQL of a token `t` with its user `u`. A time of `-infinity` means that it is not known. */
const TOKEN = `json_build_object('checksum', t.token_checksum, 'login', u.name, 'expires_at', t.expire_at,
  'issued_at', CASE WHEN isfinite(t.issued_at) THEN t.issued_at END)`;

/** SQL of the names of listed repositories that a grant table gives to `s`. */
const grantedNames = (table: string, subjectId: string): string =>
  `(SELECT coalesce(json_agg(r.name ORDER BY r.name COLLATE "C"), '[]') FROM repositories r
     JOIN ${table} g ON g.repository_id = r.id WHERE g.${subjectId} = s.id AND r.listed)`;

/** Rows of each list, the key of a row, and its JSON. A key is unique, and lists are in its order. */
const LISTS = {
  users: {
    from: "users u",
    key: "u.folded_name",
    json: `json_strip_nulls(json_build_object('login', u.name, 'granted_at', u.granted_at, 'last_login_at', u.last_login_at,
      'tokens', ${TOKEN_COUNT},
      'grants', (SELECT count(*) FROM repositories_users g WHERE g.user_id = u.id)))`,
  },
  tokens: {
    from: "(authentication_tokens t JOIN users u ON u.id = t.user_id AND t.expire_at > now())",
    key: "t.token_checksum",
    searched: "t.token_checksum || ' ' || u.folded_name",
    json: `json_strip_nulls(${TOKEN})`,
  },
  hosts: {
    from: "(hosts h LEFT JOIN host_activity a USING (uuid))",
    key: "h.uuid",
    json: `json_strip_nulls(json_build_object('uuid', h.uuid, 'granted_at', h.granted_at, 'seen_at', a.seen_at, 'pulled_at', a.pulled_at,
      'grants', (SELECT count(*) FROM hosts_repositories g WHERE g.host_id = h.id)))`,
  },
  repositories: {
    from: "(SELECT * FROM repositories WHERE listed) r",
    key: "r.name",
    json: `json_build_object('name', r.name, 'auth_required', r.auth_required,
      'users', (SELECT count(*) FROM repositories_users g WHERE g.repository_id = r.id),
      'hosts', (SELECT count(*) FROM hosts_repositories g WHERE g.repository_id = r.id))`,
  },
} as const satisfies Readonly<
  Record<string, Readonly<Record<"from" | "key" | "json", string> & { searched?: string }>>
>;

type ListName = keyof typeof LISTS;

/** SQL of the rows that a text selects. */
const selected = (
  list: { readonly from: string; readonly key: string; readonly searched?: string },
  text: string,
) => `${list.from} WHERE position(${text} IN lower(${list.searched ?? list.key})) > 0`;

const rowsOf = (name: ListName): string => {
  const list = LISTS[name];
  return `SELECT ${list.json} AS json FROM ${selected(list, "$3")} AND ${list.key} > $2 ORDER BY ${list.key} LIMIT $1`;
};

const totalOf = (name: ListName): string =>
  `SELECT count(*)::int AS total FROM ${selected(LISTS[name], "$1")}`;

const USER = `SELECT json_strip_nulls(json_build_object('id', s.id, 'login', s.name, 'spellings', s.spellings,
    'granted_at', s.granted_at, 'last_login_at', s.last_login_at, 'left_out', s.left_out,
    'grants', ${grantedNames("repositories_users", "user_id")},
    'tokens', (SELECT coalesce(json_agg(${TOKEN} ORDER BY t.token_checksum), '[]')
                 FROM authentication_tokens t JOIN users u ON u.id = t.user_id
                WHERE u.id = s.id AND t.expire_at > now()))) AS json
  FROM users s WHERE s.folded_name = $1`;

const HOST = `SELECT json_strip_nulls(json_build_object('id', s.id, 'uuid', s.uuid, 'granted_at', s.granted_at,
    'seen_at', a.seen_at, 'pulled_at', a.pulled_at, 'unregistered', s.unsettled,
    'grants', ${grantedNames("hosts_repositories", "host_id")})) AS json
  FROM hosts s LEFT JOIN host_activity a USING (uuid) WHERE s.uuid = $1`;

/** Hosts of a repository that are named; there may be tens of thousands. */
const NAMED_HOSTS_LIMIT = 100;

const REPOSITORY = `SELECT json_strip_nulls(json_build_object('id', r.id, 'name', r.name, 'auth_required', r.auth_required,
    'listed', r.listed, 'closed_at', r.closed_at,
    'users', (SELECT coalesce(json_agg(u.name ORDER BY u.folded_name), '[]')
                FROM users u JOIN repositories_users g ON g.user_id = u.id WHERE g.repository_id = r.id),
    'hosts', (SELECT coalesce(json_agg(h.uuid), '[]')
                FROM (SELECT h.uuid FROM hosts h JOIN hosts_repositories g ON g.host_id = h.id
                       WHERE g.repository_id = r.id ORDER BY h.uuid LIMIT ${NAMED_HOSTS_LIMIT}) h),
    'host_count', (SELECT count(*) FROM hosts_repositories g WHERE g.repository_id = r.id))) AS json
  FROM repositories r WHERE r.name = $1`;

/** Grants are counted by PostgreSQL's statistics: counting millions of rows would take seconds. */
const COUNTS = `SELECT json_build_object(
    'repositories', (SELECT count(*) FROM repositories WHERE listed),
    'open_repositories', (SELECT count(*) FROM repositories WHERE listed AND NOT auth_required),
    'users', (SELECT count(*) FROM users),
    'hosts', (SELECT count(*) FROM hosts),
    'tokens', (SELECT count(*) FROM authentication_tokens WHERE expire_at > now()),
    'lockouts', (SELECT count(*) FROM login_attempts WHERE failures >= most AND forgotten_at > now()),
    'user_grants', (SELECT greatest(0, reltuples)::bigint FROM pg_class WHERE oid = 'repositories_users'::regclass),
    'host_grants', (SELECT greatest(0, reltuples)::bigint FROM pg_class WHERE oid = 'hosts_repositories'::regclass)) AS json`;

const SYNCS = `SELECT json_build_object('kind', kind, 'at', at, 'seconds', seconds, 'request_id', request_id,
    'outcome', outcome, 'bytes', bytes, 'entries', entries, 'inserted', inserted, 'deleted', deleted,
    'unknown', unknown, 'invalid', invalid, 'invalid_entries', invalid_entries) AS json
  FROM pushes WHERE $2::text IS NULL OR kind = $2 ORDER BY id DESC LIMIT $1`;

const LAST_DONE = `SELECT json_build_object('kind', kind, 'at', max(at)) AS json
  FROM pushes WHERE outcome = 'done' GROUP BY kind`;

/** A repository as it is stored. */
export type StoredRepository = Omit<Schemas["RepositoryDetails"], "cached_tags" | "cached_tag_count">;

/** Reads the store for operators. */
export class Overview {
  readonly #db: Pick<Database, "any" | "one" | "oneOrNone">;

  constructor(db: Pick<Database, "any" | "one" | "oneOrNone">) {
    this.#db = db;
  }

  /** Lists users in the order of their logins in lower case. */
  users({ last, ...page }: ListPage): Promise<Listed<Schemas["UserSummary"]>> {
    return this.#list("users", { ...page, last: last === undefined ? undefined : foldLogin(last) });
  }

  /** Lists tokens that have not expired, by checksum. */
  tokens(page: ListPage): Promise<Listed<Schemas["TokenSummary"]>> {
    return this.#list("tokens", page);
  }

  /** Lists hosts by uuid. */
  hosts(page: ListPage): Promise<Listed<Schemas["HostSummary"]>> {
    return this.#list("hosts", page);
  }

  /** Lists listed repositories by name. */
  repositories(page: ListPage): Promise<Listed<Schemas["RepositorySummary"]>> {
    return this.#list("repositories", page);
  }

  /** Lists syncs, the newest first. */
  async syncs(n: number | undefined, kind?: string): Promise<Schemas["SyncRecord"][]> {
    const rows = await this.#db.any<{ json: Schemas["SyncRecord"] }>(SYNCS, [
      n ?? DEFAULT_ROWS_LIMIT,
      kind ?? null,
    ]);
    return rows.map(({ json }) => json);
  }

  /** Returns the time of the last successful sync of each kind. */
  async lastDone(): Promise<{ kind: Schemas["SyncKind"]; at: string }[]> {
    const rows = await this.#db.any<{ json: { kind: Schemas["SyncKind"]; at: string } }>(LAST_DONE);
    return rows.map(({ json }) => json);
  }

  /** Returns a user by a login in any spelling; undefined if there is none. */
  user(login: string): Promise<Omit<Schemas["UserDetails"], "failed_logins"> | undefined> {
    return this.#find(USER, foldLogin(login));
  }

  /** Returns a host; undefined if it is not stored. */
  host(uuid: string): Promise<Schemas["HostDetails"] | undefined> {
    return this.#find(HOST, uuid);
  }

  /** Returns a repository; undefined if it is neither listed nor granted. */
  repository(name: string): Promise<StoredRepository | undefined> {
    return this.#find(REPOSITORY, name);
  }

  /** Counts rows. */
  async counts(): Promise<Counts> {
    return (await this.#db.one<{ json: Counts }>(COUNTS)).json;
  }

  async #list<Row>(name: ListName, { n, last = "", q = "" }: ListPage): Promise<Listed<Row>> {
    const text = q.toLowerCase();
    const [rows, { total }] = await Promise.all([
      this.#db.any<{ json: Row }>(rowsOf(name), [n ?? DEFAULT_ROWS_LIMIT, last, text]),
      this.#db.one<{ total: number }>(totalOf(name), [text]),
    ]);
    return { rows: rows.map(({ json }) => json), total };
  }

  async #find<Row>(sql: string, key: string): Promise<Row | undefined> {
    return (await this.#db.oneOrNone<{ json: Row }>(sql, [key]))?.json;
  }
}
