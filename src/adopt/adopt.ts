/** `container-gateway adopt`: takes over from the plugin, with settings and a database of the gateway's own. */
import { type Finding, worstOf } from "../check/finding.ts";
import { readPluginData, writePluginData } from "../database/plugin-data.ts";
import { prepareDatabase } from "../database/preparation.ts";
import { createServiceDatabase, SERVICE_NAME } from "../database/service-database.ts";
import { StartupError } from "../model/startup-error.ts";
import { plainConnectionString } from "../settings/connection-string.ts";
import { actingAs, asAccount } from "./accounts.ts";
import { backUp } from "./backup.ts";
import { checkStep, preflight } from "./preflight.ts";
import type { RemainingTask } from "./remaining.ts";
import { formatSettings, isWritten, writeSettingsFile } from "./settings-file.ts";
import { remainingTasks, type SiteOptions, translateSite } from "./site.ts";
import { readSqlite } from "./sqlite.ts";
import { runSteps, type Step, type StepOptions, type StepResult } from "./steps.ts";
import { databaseOf, isAdopted, newDatabase, passwordOf } from "./target.ts";
import type { Translation } from "./translation.ts";

/** Options of an adoption. */
export interface AdoptOptions extends StepOptions, SiteOptions {
  /** Settings file to write. */
  readonly settingsFile: string;
  readonly backupFolder: string;
  /** The program pg_dump, with its first arguments, and its account; this one if undefined. */
  readonly pgDump: readonly string[];
  readonly pgDumpAccount: string | undefined;
  /** Environment of this process. */
  readonly environment: NodeJS.ProcessEnv;
  /** Empty database to use; by default one is created beside the plugin's. */
  readonly database: string | undefined;
  /** Account of the gateway, and of the plugin; that of this process if undefined. */
  readonly account: string | undefined;
  /** Account of PostgreSQL's superuser, and its connection string. */
  readonly superuser: { readonly account: string | undefined; readonly connectionString: string };
  /** Called with the findings of the check, before the first step. */
  onFindings(findings: readonly Finding[]): void;
}

/** The result of an adoption. */
export interface Adoption {
  readonly translation: Translation;
  /** Findings of the check. With an error among them no step was run. */
  readonly findings: readonly Finding[];
  readonly steps: readonly StepResult[];
  readonly remaining: readonly RemainingTask[];
}

/** Counts of the rows that have been copied. */
const countsOf = (data: Awaited<ReturnType<typeof readPluginData>>): string =>
  [...data].map(([table, rows]) => `${rows.length} ${table}`).join(", ");

/** @throws StartupError if the plugin's settings can't be used, or a step fails */
export async function adopt(options: AdoptOptions): Promise<Adoption> {
  const { settingsFile, account, superuser } = options;
  const translation = translateSite(options);
  if (translation.problems.length > 0)
    throw new StartupError(
      `the plugin's settings can't be taken over:\n${translation.problems.map((one) => `  ${one}`).join("\n")}`,
    );
  const isOwnDatabase = options.database === undefined;
  const target = options.database ?? databaseOf(settingsFile) ?? newDatabase(superuser.connectionString);
  const text = formatSettings([
    ...translation.settings,
    { key: "db_connection_string", value: target, origin: "a database that the plugin can't change" },
  ]);
  const source = translation.database && String(translation.database.value);
  const wasAdopted = await isAdopted(target);
  const findings = await preflight({
    ...options,
    draft: { path: settingsFile, text },
    translation,
    target,
    isTargetNamed: !isOwnDatabase,
    isAdopted: wasAdopted,
  });
  options.onFindings(findings);
  if (worstOf(findings) === "error") return { translation, findings, steps: [], remaining: [] };

  const backup: Step = {
    name: "backup",
    intent: `back up the plugin's database into ${options.backupFolder}`,
    check: async () => {
      if (source === undefined) return `not needed: ${translation.sqlite?.value} is left as it is`;
      return (await isAdopted(target)) ? "made before the data was copied" : undefined;
    },
    run: async () => {
      const { path, sha256 } = await backUp({
        connectionString: source ?? "",
        folder: options.backupFolder,
        command: options.pgDump,
        account: actingAs(options.pgDumpAccount),
        environment: options.environment,
      });
      return `${path}, SHA-256 ${sha256}`;
    },
  };
  const database: Step = {
    name: "database",
    intent: `create the role and the database ${SERVICE_NAME}, which the plugin can't change`,
    check: async () => {
      if (!isOwnDatabase) return "named with --database";
      return (await isAdopted(target)) ? `${SERVICE_NAME} exists` : undefined;
    },
    run: () =>
      asAccount(superuser.account, async () => {
        await createServiceDatabase(plainConnectionString(superuser.connectionString), passwordOf(target));
        return `created ${SERVICE_NAME}`;
      }),
  };
  const data: Step = {
    name: "data",
    intent: "copy repositories, users, hosts and grants from the plugin, which goes on meanwhile",
    check: async () => ((await isAdopted(target)) ? "copied" : undefined),
    run: async () => {
      const rows =
        source === undefined
          ? await readSqlite(String(translation.sqlite?.value))
          : await asAccount(account, () => readPluginData(plainConnectionString(source)));
      await writePluginData(target, rows);
      await prepareDatabase(target, { adopt: true, setting: "db_connection_string", timeoutS: 0 });
      return `copied ${countsOf(rows)}`;
    },
  };
  const settings: Step = {
    name: "settings",
    intent: `write ${settingsFile}`,
    check: async () => (isWritten(settingsFile, text) ? `${settingsFile} is up to date` : undefined),
    run: async () => {
      const kept = writeSettingsFile(settingsFile, text, actingAs(account));
      return kept === undefined
        ? `wrote ${settingsFile}`
        : `wrote ${settingsFile}; the file that was there is ${kept}`;
    },
  };

  const steps = await runSteps([checkStep(findings, wasAdopted), backup, database, data, settings], options);
  const remaining = await remainingTasks(options, translation, "after");
  return { translation, findings, steps, remaining };
}
