/** Migrates the schema, one gateway at a time. */
import migrate from "db-migrate";
import pg from "pg";
import { errorCode } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { VERSION } from "../model/version.ts";
import type { Report } from "../resilience/circuit-breaker.ts";
import { databaseName, withDatabase } from "../settings/connection-string.ts";
import { withClient } from "./client.ts";
import { MIGRATIONS_FOLDER, recordVersion } from "./schema.ts";
import { pendingMigrations, type SchemaCheckOptions } from "./schema-check.ts";

/** Key of the advisory lock, which must be the same in all gateways. */
const LOCK_ID = 7_226_319_845;
const CONNECT_TIMEOUT_MS = 5_000;

/** Settings and dependencies of the migrations. */
export interface MigrationOptions extends Partial<SchemaCheckOptions> {
  readonly report?: Report;
}

/** Creates the database, unless another gateway has just created it. */
async function createDatabase(connectionString: string): Promise<void> {
  const name = databaseName(connectionString);
  const create = async (client: pg.Client) => {
    try {
      await client.query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
    } catch (error) {
      if (!["42P04", "23505"].includes(errorCode(error))) throw error;
    }
  };
  try {
    await withClient(withDatabase(connectionString, "postgres"), create, CONNECT_TIMEOUT_MS);
  } catch (cause) {
    throw new StartupError(
      `the database ${name} does not exist and can't be created: create it for the gateway's role, or see the setting db_connection_string`,
      { cause },
    );
  }
}

/** Has db-migrate run the migrations on a connection that is closed in any case: db-migrate leaves it open when it fails. */
async function runPending(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // If the connection breaks, the next query fails; without a listener the event would end the process.
  client.on("error", () => undefined);
  const migrations = migrate.getInstance(true, {
    cwd: MIGRATIONS_FOLDER,
    env: "gateway",
    config: { gateway: { driver: "pg", connectionString } },
    throwUncatched: true,
    cmdOptions: { "migrations-dir": MIGRATIONS_FOLDER },
    noPlugins: true,
  });
  // The options above are copied, and a connection can't be.
  Object.assign(migrations.config.getCurrent().settings, { db: client });
  migrations.silence(true);
  try {
    await migrations.up();
  } finally {
    await client.end();
  }
}

async function run(connectionString: string, { adopt = false, report }: MigrationOptions): Promise<void> {
  // db-migrate takes no lock, so a second connection holds one while it works.
  await withClient(
    connectionString,
    async (client) => {
      // Without the lock: workers that start together on a database that is up to date must not wait for each other.
      const isCurrent = await pendingMigrations(client, { adopt }).then(
        (pending) => pending.length === 0,
        () => false,
      );
      if (isCurrent) return;
      const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [
        LOCK_ID,
      ]);
      if (rows[0]?.locked !== true) {
        report?.("waiting for another gateway that migrates the database");
        await client.query("SELECT pg_advisory_lock($1)", [LOCK_ID]);
      }
      const pending = await pendingMigrations(client, { adopt });
      if (pending.length === 0) return;
      report?.(`migrating the database: ${pending.length} migrations are pending`);
      await runPending(connectionString);
      await recordVersion(client, VERSION);
    },
    CONNECT_TIMEOUT_MS,
  );
}

/**
 * Runs the pending migrations, and creates the database if it does not exist. Safe to call from several gateways at once.
 * @param connectionString a plain libpq URL
 * @throws StartupError if the database must not be migrated
 */
export async function runMigrations(connectionString: string, options: MigrationOptions = {}): Promise<void> {
  try {
    await run(connectionString, options);
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    await createDatabase(connectionString);
    await run(connectionString, options);
  }
}
