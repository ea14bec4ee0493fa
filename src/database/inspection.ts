/** Looks at the database as a start would find it, and changes nothing. */
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

/** Milliseconds for a connection, and for what is announced to be heard. */
const CONNECT_TIMEOUT_MS = 5_000;
const DELIVERY_TIMEOUT_MS = 1_000;
/** The gateways don't listen to it. */
const CHANNEL = "container_gateway_check";

async function truth(client: pg.Client, expression: string): Promise<boolean> {
  const { rows } = await client.query<{ so: boolean }>(`SELECT ${expression} AS so`);
  return rows[0]?.so === true;
}

async function textsOf(client: pg.Client, statement: string): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(statement);
  return rows.map(({ text }) => text);
}

/** The migrations that a start would run. */
async function dueIn(client: pg.Client): Promise<string[]> {
  const known = await truth(client, "to_regclass('migrations') IS NOT NULL");
  const run = new Set(known ? await textsOf(client, "SELECT name AS text FROM migrations") : []);
  return migrationNames().filter((name) => !run.has(name));
}

/** @throws Error if a start could not bring the schema up to date */
async function schemaOf(client: pg.Client): Promise<string> {
  const due = await dueIn(client);
  if (due.length === 0) {
    const pushes = await textsOf(client, "SELECT DISTINCT kind AS text FROM pushes");
    return pushes.length === 0 ? "Katello has pushed nothing yet" : `${pushes.length} kinds of pushes known`;
  }
  if (!(await truth(client, "has_schema_privilege(current_schema(), 'CREATE')")))
    throw new Error("the account may not make tables there");
  const foreign = await textsOf(
    client,
    `SELECT DISTINCT pg_get_userbyid(relowner)::text AS text FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT pg_has_role(relowner, 'USAGE')`,
  );
  if (foreign.length > 0)
    throw new Error(`its tables belong to ${foreign.join(" and ")}, run as that account`);
  return `${due.length} migrations are due, which \`serve\` and \`migrate\` run`;
}

/** @throws Error if what is announced on one connection does not come on the other */
async function checkDelivery(client: pg.Client, listening: string): Promise<void> {
  await withClient(
    listening,
    async (ears) => {
      const proof = randomUUID();
      await ears.query(`LISTEN ${CHANNEL}`);
      const heard = once(ears, "notification");
      await client.query("SELECT pg_notify($1, $2)", [CHANNEL, proof]);
      const late = sleep(DELIVERY_TIMEOUT_MS, "late", { ref: false });
      if ((await Promise.race([heard, late])) === "late")
        throw new Error("what it announces is not heard: set db_listen_connection_string past the pooler");
    },
    CONNECT_TIMEOUT_MS,
  );
}

/** What is to be said of a database that isn't there. */
async function absent(connectionString: string): Promise<string> {
  const name = databaseName(connectionString);
  const may = "(SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user)";
  const elsewhere = withDatabase(connectionString, "postgres");
  const able = await withClient(elsewhere, (client) => truth(client, may), CONNECT_TIMEOUT_MS);
  if (!able) throw new Error(`there is no database ${name}, and the account may not make it`);
  return `reached; \`serve\` and \`migrate\` make the database ${name}`;
}

/**
 * What is to be said of the database to an operator.
 * @throws Error that says why a start would fail, or would serve badly
 */
export async function inspectDatabase(settings: InspectionSettings): Promise<string> {
  const { db_connection_string, db_listen_connection_string, data_dir } = settings;
  if (db_connection_string === undefined) return `one of the gateway's own, in ${data_dir}`;
  const connectionString = await withEncryption(db_connection_string);
  const listening = await withEncryption(db_listen_connection_string ?? db_connection_string);
  try {
    return await withClient(
      connectionString,
      async (client) => {
        const [version] = await textsOf(client, "SELECT current_setting('server_version') AS text");
        if (await truth(client, "pg_is_in_recovery()"))
          throw new Error("it is a standby, which can't be written");
        const schema = await schemaOf(client);
        await checkDelivery(client, listening);
        return `PostgreSQL ${version} reached; ${schema}`;
      },
      CONNECT_TIMEOUT_MS,
    );
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    return absent(connectionString);
  }
}
