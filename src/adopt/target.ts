/** The database that an adoption fills. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { isMigrated } from "../database/plugin-data.ts";
import { SERVICE_NAME } from "../database/service-database.ts";
import { plainConnectionString } from "../settings/connection-string.ts";
import { readSources } from "../settings/sources.ts";

const PASSWORD_BYTES = 24;

/** Database that an earlier run has written into the settings file. */
export function databaseOf(settingsFile: string): string | undefined {
  if (!existsSync(settingsFile)) return undefined;
  const value = readSources(settingsFile, {}).values.get("db_connection_string")?.value;
  return typeof value === "string" && value.includes(SERVICE_NAME) ? value : undefined;
}

/** Connection string of a database that is to be created, by TCP: its role has a password. */
export function newDatabase(superuserConnectionString: string): string {
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const server = new URL(plainConnectionString(superuserConnectionString));
  const host = server.hostname || "localhost";
  const port = server.port || (server.searchParams.get("port") ?? "5432");
  return `postgresql://${SERVICE_NAME}:${password}@${host}:${port}/${SERVICE_NAME}`;
}

/** Password in a connection string. */
export const passwordOf = (connectionString: string): string =>
  decodeURIComponent(new URL(connectionString).password);

/** True if the database can be used and has the gateway's schema. */
export const isAdopted = (connectionString: string): Promise<boolean> =>
  isMigrated(connectionString).catch(() => false);
