/** Checks the database as `serve` would use it at startup, without changing anything. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { errorCode } from "../model/error-text.ts";
import { databaseName, withDatabase } from "../settings/connection-string.ts";
import type { Settings } from "../settings/keys.ts";
import { withClient } from "./client.ts";
import { foreignWriters } from "./foreign-writers.ts";
import { pendingMigrations } from "./schema-check.ts";
import { locate } from "./writable-host.ts";

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
  /** Roles, beside the gateway's, that may change its tables. */
  readonly writers: readonly string[];
}

/** @throws StartupError if `serve` would refuse the database */
async function schemaOf(client: pg.Client): Promise<Omit<Inspection, "writers">> {
  const pending = await pendingMigrations(client, { adopt: false });
  if (pending.length > 0)
    return {
      text: `${pending.length} migrations are pending, which \`serve\` and \`migrate\` run`,
      isOutdated: await isTrue(client, "to_regclass('repositories') IS NOT NULL"),
    };
  const kinds = await textsOf(client, "SELECT DISTINCT kind AS text FROM pushes");
  const text =
    kinds.length === 0 ? "Katello has not synced yet" : `Katello has synced ${kinds.length} kinds of data`;
  return { text, isOutdated: false };
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
  return {
    text: `reached; \`serve\` and \`migrate\` create the database ${name}`,
    isOutdated: false,
    writers: [],
  };
}

/**
 * Describes the database to an operator.
 * @throws Error if startup would fail, or the gateway could not serve properly
 */
export async function inspectDatabase(settings: InspectionSettings): Promise<Inspection> {
  const { db_connection_string, db_listen_connection_string, data_dir } = settings;
  if (db_connection_string === undefined)
    return { text: `embedded PostgreSQL in ${data_dir}`, isOutdated: false, writers: [] };
  const connectionString = await locate(db_connection_string);
  const listenConnectionString = await locate(db_listen_connection_string ?? db_connection_string);
  try {
    return await withClient(
      connectionString,
      async (client) => {
        const [version] = await textsOf(client, "SELECT current_setting('server_version') AS text");
        const { text, isOutdated } = await schemaOf(client);
        await checkDelivery(client, listenConnectionString);
        const writers = await foreignWriters(async (sql, values) => (await client.query(sql, values)).rows);
        return { text: `PostgreSQL ${version} reached; ${text}`, isOutdated, writers };
      },
      CONNECT_TIMEOUT_MS,
    );
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    return describeMissing(connectionString);
  }
}
