/** Recognizes the schema of a database: empty, the gateway's own, the plugin's, or another program's. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type pg from "pg";

/** Folder of the migrations. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Lists all migrations in order, named as in the table `migrations`. */
export const migrationNames = (): string[] =>
  readdirSync(MIGRATIONS_FOLDER)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `/${name.slice(0, -".js".length)}`)
    .sort();

/** Schema of a database. */
export type Schema =
  | { readonly kind: "empty" | "plugin" }
  | { readonly kind: "own"; readonly pending: readonly string[] }
  /** Migrated by a newer version, which may have left its name, and the oldest version that works with its schema. */
  | ({ readonly kind: "newer"; readonly unknown: readonly string[] } & RecordedVersions)
  | { readonly kind: "foreign"; readonly tables: readonly string[] };

interface Table {
  readonly name: string;
  /** Names of the columns in byte order, separated by spaces. */
  readonly columns: string;
  /** True if it is in the schema in which tables are created. */
  readonly isCurrent: boolean;
}

/** Tables of smart_proxy_container_gateway at each of its versions, with their columns. */
const PLUGIN_TABLES: Readonly<Record<string, readonly string[]>> = {
  schema_info: ["version"],
  unauthenticated_repositories: ["id name"],
  repositories: ["auth_required id name"],
  users: ["id name"],
  hosts: ["id uuid"],
  authentication_tokens: ["expire_at id token_checksum username", "expire_at id token_checksum user_id"],
  repositories_users: ["repository_id user_id"],
  hosts_repositories: ["host_id repository_id"],
};
/** Tables that only this gateway creates. */
const OWN_TABLES = new Set(["pushes", "login_attempts", "host_activity"]);
/** Table of the migrations that have run, as db-migrate creates it. */
const MIGRATIONS = { name: "migrations", columns: "id name run_on" } as const;
/** Names of the gateway's tables, those of the plugin included. */
export const TABLE_NAMES: readonly string[] = [...Object.keys(PLUGIN_TABLES), ...OWN_TABLES, MIGRATIONS.name];

/** Lists the tables that a statement may mean, without those of extensions. */
const TABLES = `
  SELECT c.relname::text AS name, c.relnamespace = current_schema()::regnamespace AS "isCurrent",
         string_agg(a.attname, ' ' ORDER BY a.attname COLLATE "C") AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_table_is_visible(c.oid)
     AND c.relnamespace = ANY (current_schemas(false)::regnamespace[])
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
   GROUP BY c.oid, c.relname, c.relnamespace ORDER BY c.relname COLLATE "C"`;

/**
 * Oldest version that works with the schema of this one. Raised in the release after the one in which nothing uses any more
 * what a migration removes.
 */
const OLDEST_COMPATIBLE = "0.1.0";

/** Versions that the comment on the table `migrations` names: the one that migrated last, the oldest that may run beside it. */
interface RecordedVersions {
  readonly version: string | undefined;
  readonly oldest: string | undefined;
}

const VERSION_COMMENT = /^container-gateway (\S+?)(?:, for (\S+) or later)?$/;

/** Records the version of the gateway that has run the last migration. */
export async function recordVersion(client: pg.Client, version: string): Promise<void> {
  const text = `container-gateway ${version}, for ${OLDEST_COMPATIBLE} or later`;
  await client.query(`COMMENT ON TABLE migrations IS '${text.replaceAll("'", "")}'`);
}

async function recordedVersions(client: pg.Client): Promise<RecordedVersions> {
  const { rows } = await client.query<{ text: string | null }>(
    "SELECT obj_description('migrations'::regclass, 'pg_class') AS text",
  );
  const [, version, oldest] = VERSION_COMMENT.exec(rows[0]?.text ?? "") ?? [];
  return { version, oldest };
}

/** Recognizes the tables of a database in which no migration has run. */
function schemaWithoutMigrations(tables: readonly Table[]): Schema {
  const used = tables.filter(({ name }) => name in PLUGIN_TABLES || OWN_TABLES.has(name));
  const clashing = used.filter(({ name, columns }) => PLUGIN_TABLES[name]?.includes(columns) !== true);
  if (clashing.length > 0) return { kind: "foreign", tables: clashing.map(({ name }) => name) };
  const names = new Set(used.map(({ name }) => name));
  if (names.has("repositories") || names.has("unauthenticated_repositories")) return { kind: "plugin" };
  // The plugin had not run its first migration.
  const others = tables.filter(({ name, isCurrent }) => isCurrent && name !== "schema_info");
  if (others.length > 0) return { kind: "foreign", tables: others.map(({ name }) => name) };
  return { kind: names.size > 0 ? "plugin" : "empty" };
}

/** Recognizes the schema of a database, without changing anything. */
export async function schemaOf(client: pg.Client): Promise<Schema> {
  const { rows: tables } = await client.query<Table>(TABLES);
  const others = tables.filter(({ name }) => name !== MIGRATIONS.name);
  const recorded = tables.find(({ name }) => name === MIGRATIONS.name);
  if (recorded === undefined) return schemaWithoutMigrations(others);
  if (recorded.columns !== MIGRATIONS.columns) return { kind: "foreign", tables: [MIGRATIONS.name] };
  const { rows } = await client.query<{ name: string }>("SELECT name FROM migrations ORDER BY name");
  const run = new Set(rows.map(({ name }) => name));
  const known = migrationNames();
  const pending = known.filter((name) => !run.has(name));
  if (run.size === 0) return schemaWithoutMigrations(others);
  if (pending.length === known.length) return { kind: "foreign", tables: [MIGRATIONS.name] };
  const unknown = [...run].filter((name) => !known.includes(name));
  if (unknown.length > 0) return { kind: "newer", unknown, ...(await recordedVersions(client)) };
  return { kind: "own", pending };
}
