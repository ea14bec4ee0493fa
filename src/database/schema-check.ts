/** Refuses a database that the gateway must not, or can't, migrate, with advice for the operator. */
import type pg from "pg";
import { StartupError } from "../model/startup-error.ts";
import { isAtLeast } from "../model/version.ts";
import { migrationNames, type Schema, schemaOf, TABLE_NAMES } from "./schema.ts";

/** Permission to change a database. */
export interface SchemaCheckOptions {
  /** True to adopt the tables of the plugin. */
  readonly adopt: boolean;
}

interface Session {
  readonly database: string;
  readonly role: string;
  readonly schema: string | null;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly mayCreate: boolean | null;
  /** Roles that own tables of the gateway, and whose rights the session does not have. */
  readonly owners: readonly string[];
}

const SESSION = `
  SELECT current_database() AS database, current_user::text AS role, current_schema()::text AS schema,
         pg_is_in_recovery() AS "isStandby", current_setting('transaction_read_only')::bool AS "isReadOnly",
         has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
         ARRAY(SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY ($1)
                  AND NOT pg_has_role(relowner, 'USAGE') ORDER BY 1) AS owners`;

/** Most names that a message lists. */
const MAX_NAMES = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Returns the migrations to be run. */
function pendingIn(schema: Schema, database: string, { adopt }: SchemaCheckOptions): readonly string[] {
  switch (schema.kind) {
    case "empty":
      return migrationNames();
    case "own":
      return schema.pending;
    case "plugin":
      if (adopt) return migrationNames();
      throw new StartupError(
        `the database ${database} belongs to the plugin smart_proxy_container_gateway, and was not changed: run \`container-gateway adopt\` to take the plugin's place, or stop the plugin, back up the database and run \`container-gateway migrate --adopt\``,
      );
    case "newer": {
      // A newer gateway runs beside this one, or this one was installed again.
      if (schema.oldest !== undefined && isAtLeast(schema.oldest)) return [];
      const migrations = listed(schema.unknown.map((name) => name.replace(/^\//, "")));
      const needed =
        schema.version === undefined
          ? "that version or a later one"
          : `container-gateway ${schema.version} or later`;
      throw new StartupError(
        `the database ${database} was migrated by a newer version (${migrations}), and was not changed: install ${needed}, or restore the backup from before that migration`,
      );
    }
    case "foreign":
      throw new StartupError(
        `the database ${database} has tables of another program (${listed(schema.tables)}), and was not changed: set db_connection_string to a database of the gateway's own`,
      );
  }
}

function checkPrivileges({ database, role, schema, mayCreate, owners }: Session): void {
  if (schema === null)
    throw new StartupError(`no schema in the search_path of ${role} exists in the database ${database}`);
  if (mayCreate !== true)
    throw new StartupError(
      `the role ${role} may not create tables in the schema ${schema} of the database ${database}: as its owner, run GRANT CREATE ON SCHEMA ${schema} TO ${role}`,
    );
  if (owners.length > 0)
    throw new StartupError(
      `tables in the database ${database} belong to ${listed(owners)}, and ${role} may not change them: connect as the role that owns them`,
    );
}

/**
 * Checks that the gateway may use a database and can run its pending migrations. Changes nothing.
 * @returns the pending migrations
 * @throws StartupError with advice
 */
export async function pendingMigrations(
  client: pg.Client,
  options: SchemaCheckOptions,
): Promise<readonly string[]> {
  const { rows } = await client.query<Session>(SESSION, [TABLE_NAMES]);
  const [session] = rows;
  if (session === undefined) throw new Error("PostgreSQL did not describe the session");
  const { database, role, isStandby, isReadOnly } = session;
  if (isStandby)
    throw new StartupError(
      `the database ${database} is a read-only standby: set db_connection_string to the primary server`,
    );
  if (isReadOnly)
    throw new StartupError(
      `the database ${database} is read-only for the role ${role}: see default_transaction_read_only`,
    );
  const pending = pendingIn(await schemaOf(client), database, options);
  if (pending.length > 0) checkPrivileges(session);
  return pending;
}
