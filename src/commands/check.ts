/** Runs `container-gateway check`. */
import { check } from "../check/check.ts";
import { exitCodeOf, jsonReport, textReport } from "../check/report.ts";
import { readSettings } from "../settings/load.ts";
import type { Call } from "./command.ts";
import type { CONFIG, JSON_OUTPUT } from "./table/shared.ts";

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof CONFIG & typeof JSON_OUTPUT>): Promise<number> {
  const findings = await check(readSettings(options.config, terminal.environment));
  terminal.print(options.json ? jsonReport(findings) : textReport(findings));
  return exitCodeOf(findings);
}
