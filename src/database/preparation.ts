/** Prepares the database at startup: waits until PostgreSQL can be reached, and migrates the schema. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import { EmbeddedPostgres } from "./embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "./embedded/roles.ts";
import { isStartingUp } from "./errors.ts";
import { type MigrationOptions, runMigrations } from "./migrations.ts";
import { locate } from "./writable-host.ts";

type PreparationSettings = Pick<Settings, "db_connection_string" | "data_dir" | "db_start_timeout">;

/** Settings and dependencies of the preparation. */
export interface PreparationOptions extends MigrationOptions {
  /** Setting that errors name. */
  readonly setting: keyof PreparationSettings;
  /** Seconds for which PostgreSQL may be unreachable. */
  readonly timeoutS: number;
  /** True for an embedded PostgreSQL of another process, which may still be setting it up. */
  readonly isEmbedded?: boolean;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/** Maximum delay before the next attempt. */
const MAX_RETRY_DELAY_MS = 1_000;
const INITIAL_RETRY_DELAY_MS = 50;

/** SQLSTATEs of a role or a database that does not exist yet, and of tables that the role is yet to own. */
const BEING_SET_UP = new Set(["28000", "3D000", "42501"]);

const isBeingSetUp = (error: unknown): boolean =>
  BEING_SET_UP.has(errorCode(error)) ||
  (error instanceof StartupError && BEING_SET_UP.has(errorCode(error.cause)));

/** Repeats `attempt` while PostgreSQL can't be reached yet. Every other error is permanent. */
async function untilReachable<T>(
  attempt: () => Promise<T>,
  { timeoutS, isEmbedded = false, report, signal }: PreparationOptions,
): Promise<T> {
  const endMs = performance.now() + timeoutS * 1000;
  let reported = "";
  for (let delayMs = INITIAL_RETRY_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_RETRY_DELAY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const leftMs = endMs - performance.now();
      const mayPass = isStartingUp(error) || (isEmbedded && isBeingSetUp(error));
      if (!mayPass || leftMs <= 0) throw error;
      if (reported !== errorText(error)) report?.("waiting for PostgreSQL", error);
      reported = errorText(error);
      await sleep(Math.min(delayMs, leftMs), undefined, { signal });
    }
  }
}

/**
 * Waits for the database of a libpq URL, migrates it, and resolves to the plain URL for further connections.
 * @throws StartupError if the database can't be reached in time, or can't be used
 */
export async function prepareDatabase(
  connectionString: string,
  options: PreparationOptions,
): Promise<string> {
  const attempt = async () => {
    const plain = await locate(connectionString);
    await runMigrations(plain, options);
    return plain;
  };
  try {
    return await untilReachable(attempt, options);
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    throw new StartupError(`the database can't be used: see the setting ${options.setting}`, { cause });
  }
}

/**
 * Prepares the database for the command `migrate`. An embedded PostgreSQL that was running already is left running.
 * @throws StartupError if the migrations fail
 */
export async function migrateDatabase(
  { db_connection_string, data_dir, db_start_timeout }: PreparationSettings,
  options: MigrationOptions = {},
): Promise<void> {
  const shared = { ...options, timeoutS: db_start_timeout };
  if (db_connection_string !== undefined) {
    await prepareDatabase(db_connection_string, { ...shared, setting: "db_connection_string" });
    return;
  }
  const embedded = await EmbeddedPostgres.at(data_dir);
  const wasRunning = await embedded.ensure();
  try {
    const url = embedded.connectionString(EMBEDDED_DATABASE);
    await prepareDatabase(url, { ...shared, setting: "data_dir" });
  } finally {
    if (!wasRunning) await embedded.stop();
  }
}
