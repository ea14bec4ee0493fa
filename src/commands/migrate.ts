/** Runs `container-gateway migrate`. */
import { migrateDatabase } from "../database/preparation.ts";
import { errorText } from "../model/error-text.ts";
import { loadSettings } from "../settings/load.ts";
import type { Call } from "./command.ts";
import type { MIGRATE_OPTIONS } from "./table/gateway.ts";

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof MIGRATE_OPTIONS>): Promise<number> {
  const report = (text: string, error?: unknown) => {
    if (error !== undefined) process.stderr.write(`${text}: ${errorText(error)}\n`);
  };
  const settings = loadSettings(options.config, terminal.environment);
  await migrateDatabase(settings, { adopt: options.adopt, report });
  terminal.print("the database is up to date");
  return 0;
}
