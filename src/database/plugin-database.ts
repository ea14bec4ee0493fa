/** Looks at the databases of an adoption before it begins, without changing them. */
import { StartupError } from "../model/startup-error.ts";
import { databaseName } from "../settings/connection-string.ts";
import { withClient } from "./client.ts";
import { type Schema, schemaOf } from "./schema.ts";
import { locate } from "./writable-host.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** `server_version_num` has two more pairs of digits after the major version. */
const MAJOR_VERSION_FACTOR = 10_000;

/** The plugin's database. */
export interface PluginDatabase {
  readonly text: string;
  /** Major version of PostgreSQL, which pg_dump must not be older than. */
  readonly serverVersion: number;
}

/** Reasons why a database has no data of the plugin. */
const REFUSALS: Readonly<Record<Exclude<Schema["kind"], "plugin" | "empty">, string>> = {
  own: "it has been migrated by the gateway, and the plugin can't use it any more",
  newer: "it has been migrated by a newer gateway, and the plugin can't use it any more",
  foreign: "it has tables of another program",
};

/**
 * Describes the plugin's database.
 * @param connectionString a plain libpq URL
 * @throws StartupError if it is not the plugin's
 */
export async function inspectPluginDatabase(connectionString: string): Promise<PluginDatabase> {
  return withClient(
    await locate(connectionString),
    async (client) => {
      const { kind } = await schemaOf(client);
      if (kind !== "plugin" && kind !== "empty")
        throw new StartupError(
          `${databaseName(connectionString)} has no data of the plugin, because ${REFUSALS[kind]}: correct the plugin's db_connection_string`,
        );
      const { rows } = await client.query<{ version: number; size: string }>(
        "SELECT current_setting('server_version_num')::int AS version, pg_size_pretty(pg_database_size(current_database())) AS size",
      );
      const [{ version = 0, size = "" } = {}] = rows;
      const serverVersion = Math.floor(version / MAJOR_VERSION_FACTOR);
      const content = kind === "empty" ? "no data yet" : size;
      return { text: `PostgreSQL ${serverVersion} reached; ${content}`, serverVersion };
    },
    CONNECT_TIMEOUT_MS,
  );
}

/**
 * Resolves to true for a superuser. Another role may create roles and databases, but can't keep their password out of the log.
 * @param connectionString a plain libpq URL
 */
export async function isSuperuser(connectionString: string): Promise<boolean> {
  return withClient(
    await locate(connectionString),
    async (client) => {
      const { rows } = await client.query<{ allowed: boolean }>(
        "SELECT rolsuper AS allowed FROM pg_roles WHERE rolname = current_user",
      );
      return rows[0]?.allowed === true;
    },
    CONNECT_TIMEOUT_MS,
  );
}
