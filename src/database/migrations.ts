/** Brings the database to the schema of this version: at every start, one gateway at a time. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import migrate from "db-migrate";
import { errorCode } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { databaseName, withDatabase } from "../settings/connection-string.ts";
import type { Settings } from "../settings/keys.ts";
import { withClient } from "./client.ts";
import { EmbeddedPostgres } from "./embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "./embedded/roles.ts";
import { withEncryption } from "./encryption.ts";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
/** Any number will do, as long as every gateway takes the same. */
const LOCK_ID = 7_226_319_845;

/** All migrations as the table `migrations` names them, in their order. */
export const migrationNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `/${name.slice(0, -".js".length)}`)
    .sort();

/** Makes the database itself where the account may; another gateway that was quicker is just as well. */
async function createDatabase(connectionString: string): Promise<void> {
  const name = databaseName(connectionString);
  await withClient(withDatabase(connectionString, "postgres"), async (client) => {
    try {
      await client.query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
    } catch (error) {
      if (!["42P04", "23505"].includes(errorCode(error))) throw error;
    }
  });
}

async function run(connectionString: string): Promise<void> {
  // The lock is held by one connection while db-migrate works on another: it takes none of its own.
  await withClient(connectionString, async (lock) => {
    await lock.query("SELECT pg_advisory_lock($1)", [LOCK_ID]);
    const migrations = migrate.getInstance(true, {
      cwd: FOLDER,
      env: "gateway",
      config: { gateway: { driver: "pg", connectionString } },
      throwUncatched: true,
      cmdOptions: { "migrations-dir": FOLDER },
      noPlugins: true,
    });
    migrations.silence(true);
    await migrations.up();
  });
}

/**
 * Runs the migrations that are still to be run, and creates the database where there is none. Any number of gateways
 * may do so at once.
 * @param connectionString a plain libpq URL
 */
export async function runMigrations(connectionString: string): Promise<void> {
  try {
    await run(connectionString);
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    await createDatabase(connectionString);
    await run(connectionString);
  }
}

type MigrationSettings = Pick<Settings, "db_connection_string" | "data_dir">;

/**
 * Runs them on the database that a libpq URL leads to, and gives the plain URL by which it is reached from now on.
 * @param setting where an operator may mend it
 * @throws StartupError if it can't be reached or brought up to date
 */
export async function prepareDatabase(
  connectionString: string,
  setting: keyof MigrationSettings = "db_connection_string",
): Promise<string> {
  try {
    const reached = await withEncryption(connectionString);
    await runMigrations(reached);
    return reached;
  } catch (cause) {
    throw new StartupError(`the database can't be used: see the setting ${setting}`, { cause });
  }
}

/**
 * Runs the migrations beside gateways that serve: an embedded PostgreSQL that runs already goes on.
 * @throws StartupError if they can't be run
 */
export async function migrateDatabase({ db_connection_string, data_dir }: MigrationSettings): Promise<void> {
  if (db_connection_string !== undefined) {
    await prepareDatabase(db_connection_string);
    return;
  }
  const embedded = await EmbeddedPostgres.at(data_dir);
  const found = await embedded.ensure();
  try {
    await prepareDatabase(embedded.connectionString(EMBEDDED_DATABASE), "data_dir");
  } finally {
    if (!found) await embedded.stop();
  }
}
