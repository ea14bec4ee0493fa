/** A database and a role of the gateway's own, beside the plugin's. */
import { errorCode } from "../model/error-text.ts";
import { withClient } from "./client.ts";

/** Name of the role and of its database. */
export const SERVICE_NAME = "container_gateway_service";

/** SQLSTATE of objects that exist already. */
const DUPLICATES = ["42710", "42P04", "23505"];

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Creates the role with this password, and a database that it alone may use.
 * @param superuserConnectionString connection of a superuser to any database of the server
 */
export async function createServiceDatabase(
  superuserConnectionString: string,
  password: string,
): Promise<void> {
  await withClient(superuserConnectionString, async (client) => {
    const unlessThere = (statement: string) =>
      client.query(statement).catch((error: unknown) => {
        if (!DUPLICATES.includes(errorCode(error))) throw error;
      });
    // The password must not appear in the log of the server.
    await client.query("SET log_statement = 'none'");
    await client.query("SET log_min_error_statement = 'panic'");
    await client.query("SET log_min_duration_statement = -1");
    await unlessThere(`CREATE ROLE ${SERVICE_NAME} LOGIN`);
    await client.query(`ALTER ROLE ${SERVICE_NAME} PASSWORD ${quote(password)}`);
    await unlessThere(
      `CREATE DATABASE ${SERVICE_NAME} OWNER ${SERVICE_NAME} TEMPLATE template0 ENCODING 'UTF8'`,
    );
    await client.query(`REVOKE ALL ON DATABASE ${SERVICE_NAME} FROM PUBLIC`);
  });
}
