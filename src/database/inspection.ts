/** Checks the database as `serve` would use it at startup, without changing anything. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { errorCode } from "../model/error-text.ts";
import { databaseName, withDatabase } from "../settings/connection-string.ts";
import type { Settings } from "../settings/keys.ts";
import { withClient } from "./client.ts";
import { withEncryption } from "./encryption.ts";
import { migrationNames } from "./migrations.ts";

type InspectionSettings = Pick<Settings, "db_connection_string" | "db_listen_connection_string" | "data_dir">;

const CONNECT_TIMEOUT_MS = 5_000;
/** Timeout of the test notification. */
const DELIVERY_TIMEOUT_MS = 1_000;
/** Channel of the test notification, to which no gateway listens. */
const CHANNEL = "container_gateway_check";

async function isTrue(client: pg.Client, expression: string): Promise<boolean> {
  const { rows } = await client.query<{ result: boolean }>(`SELECT ${expression} AS result`);
  return rows[0]?.result === true;
}

async function textsOf(client: pg.Client, statement: string): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(statement);
  return rows.map(({ text }) => text);
}

/** Description of a database for an operator. */
export interface Inspection {
  readonly text: string;
  /** True if migrations are pending that change existing tables. */
  readonly isOutdated: boolean;
}

/** Tables of smart_proxy_container_gateway, whose database the gateway adopts. */
const PLUGIN_TABLES = "'schema_info', 'repositories', 'unauthenticated_repositories', 'users', 'hosts'";

const foreignTables = (tables: readonly string[]): Error =>
  new Error(
    `the database has tables of another program (${tables.slice(0, 5).join(", ")}): set db_connection_string to a database of the gateway's own`,
  );

/** @throws Error for a database of another program, or of a newer version */
async function pendingMigrations(client: pg.Client): Promise<string[]> {
  const known = migrationNames();
  if (!(await isTrue(client, "to_regclass('migrations') IS NOT NULL"))) {
    const tables = await textsOf(
      client,
      "SELECT relname::text AS text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
    );
    const isOwn = await isTrue(
      client,
      `EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname IN (${PLUGIN_TABLES}))`,
    );
    if (tables.length > 0 && !isOwn) throw foreignTables(tables);
    return known;
  }
  const run = await textsOf(client, "SELECT name AS text FROM migrations");
  const unknown = run.filter((name) => !known.includes(name));
  if (run.length > 0 && unknown.length === run.length) throw foreignTables(["migrations"]);
  if (unknown.length > 0)
    throw new Error(
      `the database was migrated by a newer version (${unknown.join(", ")}): install that version or a later one, or restore the backup from before that migration`,
    );
  return known.filter((name) => !run.includes(name));
}

/** @throws Error if `serve` would refuse the database, or fail to migrate it */
async function schemaOf(client: pg.Client): Promise<Inspection> {
  const pending = await pendingMigrations(client);
  if (pending.length === 0) {
    const kinds = await textsOf(client, "SELECT DISTINCT kind AS text FROM pushes");
    const text =
      kinds.length === 0 ? "Katello has not synced yet" : `Katello has synced ${kinds.length} kinds of data`;
    return { text, isOutdated: false };
  }
  if (!(await isTrue(client, "has_schema_privilege(current_schema(), 'CREATE')")))
    throw new Error(
      "the role may not create tables in the schema: as its owner, run GRANT CREATE ON SCHEMA public TO the role",
    );
  const foreign = await textsOf(
    client,
    `SELECT DISTINCT pg_get_userbyid(relowner)::text AS text FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT pg_has_role(relowner, 'USAGE')`,
  );
  if (foreign.length > 0)
    throw new Error(`its tables belong to ${foreign.join(" and ")}: connect as the role that owns them`);
  return {
    text: `${pending.length} migrations are pending, which \`serve\` and \`migrate\` run`,
    isOutdated: await isTrue(client, "to_regclass('repositories') IS NOT NULL"),
  };
}

/** @throws Error if the role or the server refuses to write */
async function checkWritable(client: pg.Client): Promise<void> {
  if (await isTrue(client, "pg_is_in_recovery()"))
    throw new Error("the database is a read-only standby: set db_connection_string to the primary server");
  if (await isTrue(client, "current_setting('transaction_read_only')::bool"))
    throw new Error("the database is read-only for the role: see default_transaction_read_only");
}

/** @throws Error if a notification sent on one connection does not arrive on the other */
async function checkDelivery(client: pg.Client, listenConnectionString: string): Promise<void> {
  await withClient(
    listenConnectionString,
    async (listener) => {
      await listener.query(`LISTEN ${CHANNEL}`);
      const delivered = once(listener, "notification");
      await client.query("SELECT pg_notify($1, $2)", [CHANNEL, randomUUID()]);
      const timeout = sleep(DELIVERY_TIMEOUT_MS, "timeout", { ref: false });
      if ((await Promise.race([delivered, timeout])) === "timeout")
        throw new Error(
          "notifications do not arrive: set db_listen_connection_string to the database itself, not to a pooler",
        );
    },
    CONNECT_TIMEOUT_MS,
  );
}

/** Describes a database that does not exist yet. */
async function describeMissing(connectionString: string): Promise<Inspection> {
  const name = databaseName(connectionString);
  const canCreate = "(SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user)";
  const maintenance = withDatabase(connectionString, "postgres");
  const allowed = await withClient(maintenance, (client) => isTrue(client, canCreate), CONNECT_TIMEOUT_MS);
  if (!allowed)
    throw new Error(
      `there is no database ${name}, and the role may not create it: create it with the gateway's role as its owner`,
    );
  return { text: `reached; \`serve\` and \`migrate\` create the database ${name}`, isOutdated: false };
}

/**
 * Describes the database to an operator.
 * @throws Error if startup would fail, or the gateway could not serve properly
 */
export async function inspectDatabase(settings: InspectionSettings): Promise<Inspection> {
  const { db_connection_string, db_listen_connection_string, data_dir } = settings;
  if (db_connection_string === undefined)
    return { text: `embedded PostgreSQL in ${data_dir}`, isOutdated: false };
  const connectionString = await withEncryption(db_connection_string);
  const listenConnectionString = await withEncryption(db_listen_connection_string ?? db_connection_string);
  try {
    return await withClient(
      connectionString,
      async (client) => {
        const [version] = await textsOf(client, "SELECT current_setting('server_version') AS text");
        await checkWritable(client);
        const { text, isOutdated } = await schemaOf(client);
        await checkDelivery(client, listenConnectionString);
        return { text: `PostgreSQL ${version} reached; ${text}`, isOutdated };
      },
      CONNECT_TIMEOUT_MS,
    );
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    return describeMissing(connectionString);
  }
}
