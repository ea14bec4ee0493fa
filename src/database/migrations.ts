/** Migrates the schema at startup, one gateway at a time. */
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
/** Key of the advisory lock, which must be the same in all gateways. */
const LOCK_ID = 7_226_319_845;

/** Lists all migrations in order, named as in the table `migrations`. */
export const migrationNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `/${name.slice(0, -".js".length)}`)
    .sort();

/** Creates the database, unless another gateway has just created it. */
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
  // db-migrate takes no lock, so a second connection holds one while it works.
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
 * Runs the pending migrations, and creates the database if it does not exist. Safe to call from several gateways at once.
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
 * Migrates the database of a libpq URL, and resolves to the plain URL for further connections.
 * @param setting named in the error
 * @throws StartupError if the database can't be reached or migrated
 */
export async function prepareDatabase(
  connectionString: string,
  setting: keyof MigrationSettings = "db_connection_string",
): Promise<string> {
  try {
    const plain = await withEncryption(connectionString);
    await runMigrations(plain);
    return plain;
  } catch (cause) {
    throw new StartupError(`the database can't be used: see the setting ${setting}`, { cause });
  }
}

/**
 * Runs the migrations for the command `migrate`. An embedded PostgreSQL that was running already is left running.
 * @throws StartupError if the migrations fail
 */
export async function migrateDatabase({ db_connection_string, data_dir }: MigrationSettings): Promise<void> {
  if (db_connection_string !== undefined) {
    await prepareDatabase(db_connection_string);
    return;
  }
  const embedded = await EmbeddedPostgres.at(data_dir);
  const wasRunning = await embedded.ensure();
  try {
    await prepareDatabase(embedded.connectionString(EMBEDDED_DATABASE), "data_dir");
  } finally {
    if (!wasRunning) await embedded.stop();
  }
}
