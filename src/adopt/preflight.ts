/** Checks, before an adoption changes anything, the settings that it will write and all that they name. */
import { spawnSync } from "node:child_process";
import { check } from "../check/check.ts";
import { explain } from "../check/database.ts";
import { type Finding, type Level, worstOf } from "../check/finding.ts";
import { inspectDatabase } from "../database/inspection.ts";
import { inspectPluginDatabase, isSuperuser } from "../database/plugin-database.ts";
import { errorCode } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { plainConnectionString } from "../settings/connection-string.ts";
import { readSettings } from "../settings/load.ts";
import type { Draft } from "../settings/sources.ts";
import { asAccount } from "./accounts.ts";
import type { PluginValue } from "./plugin-files.ts";
import { readSqlite } from "./sqlite.ts";
import type { Step } from "./steps.ts";
import type { Translation } from "./translation.ts";

/** Settings and systems to check. */
export interface PreflightOptions {
  readonly draft: Draft;
  readonly environment: NodeJS.ProcessEnv;
  /** Account of the gateway; this one if undefined. */
  readonly account: string | undefined;
  readonly translation: Pick<Translation, "database" | "sqlite">;
  /** Database that the adoption fills. */
  readonly target: string;
  readonly isTargetNamed: boolean;
  /** True after an adoption: the target is checked as the gateway would use it. */
  readonly isAdopted: boolean;
  readonly superuser: { readonly account: string | undefined; readonly connectionString: string };
  /** The program pg_dump, with its first arguments. */
  readonly pgDump: readonly string[];
}

/** Result of one attempt: a text if it works, otherwise the problem and the advice. */
type Attempt = () => Promise<string>;

/**
 * Makes a finding of an attempt.
 * @param advice for an error, if that of its text does not fit
 */
async function findingOf(
  subject: string,
  place: string,
  attempt: Attempt,
  advice?: string,
): Promise<Finding> {
  const of = (level: Level, text: string, help: string): Finding => ({
    level,
    subject,
    setting: undefined,
    place,
    text,
    advice: help,
  });
  try {
    return of("ok", await attempt(), "");
  } catch (cause) {
    const [text, help] = explain(cause);
    return of("error", text, (advice ?? help) || "see the log of PostgreSQL");
  }
}

/** Checks that pg_dump runs, and is at least as new as the server. */
function checkDump([program = "", ...args]: readonly string[], serverVersion: number): string {
  const { stdout, error, status } = spawnSync(program, [...args, "--version"], { encoding: "utf8" });
  if (error !== undefined || status !== 0)
    throw new StartupError(
      `${program} can't be run (${error === undefined ? `exit code ${status}` : errorCode(error)}): install PostgreSQL's client programs, or name pg_dump with --pg-dump`,
    );
  const version = Number(/\) (\d+)/.exec(stdout)?.[1] ?? 0);
  if (version < serverVersion)
    throw new StartupError(
      `${program} of PostgreSQL ${version} can't back up a PostgreSQL ${serverVersion}: name the pg_dump of its version with --pg-dump`,
    );
  return stdout.trim();
}

async function checkSource({ account, translation, pgDump }: PreflightOptions): Promise<Finding[]> {
  const { database, sqlite } = translation;
  if (database === undefined) return sqlite === undefined ? [] : [await checkSqlite(sqlite)];
  let serverVersion = 0;
  const source = await findingOf("the plugin's database", database.place, async () => {
    const url = String(database.value);
    const found = await asAccount(account, () => inspectPluginDatabase(plainConnectionString(url)));
    serverVersion = found.serverVersion;
    return found.text;
  });
  const dump = await findingOf("pg_dump", "--pg-dump", async () => checkDump(pgDump, serverVersion));
  return [source, dump];
}

const checkSqlite = ({ value, place }: PluginValue): Promise<Finding> =>
  findingOf("the plugin's database", place, async () => {
    await readSqlite(String(value));
    return `${value} can be read`;
  });

function checkTarget({ account, target, isTargetNamed, superuser }: PreflightOptions): Promise<Finding> {
  const advice =
    "name PostgreSQL's superuser with --postgres-account and --postgres, or an empty database of the gateway's own with --database";
  if (isTargetNamed)
    return findingOf("the gateway's database", "--database", async () => {
      const { text } = await asAccount(account, () =>
        inspectDatabase({
          db_connection_string: target,
          db_listen_connection_string: undefined,
          data_dir: "",
        }),
      );
      return text;
    });
  return findingOf(
    "the gateway's database",
    "--postgres",
    async () => {
      // The account of this process is the default for the role.
      const isAllowed = () => isSuperuser(plainConnectionString(superuser.connectionString));
      if (!(await asAccount(superuser.account, isAllowed)))
        throw new StartupError("the role is no superuser");
      return "can be created";
    },
    advice,
  );
}

/** Checks everything, as the account of the gateway. */
export async function preflight(options: PreflightOptions): Promise<Finding[]> {
  const { draft, environment, account, isAdopted } = options;
  const own = isAdopted ? {} : { checkDatabase: async () => [] };
  const findings = await asAccount(account, () => check(readSettings(draft, environment), own));
  if (isAdopted) return findings;
  return [...findings, ...(await checkSource(options)), await checkTarget(options)];
}

const COUNTED: readonly Level[] = ["warning", "ok"];

/** The step that has warnings confirmed. Errors end an adoption before. */
export function checkStep(findings: readonly Finding[], isAdopted: boolean): Step {
  const [warnings = 0, good = 0] = COUNTED.map(
    (level) => findings.filter((finding) => finding.level === level).length,
  );
  const text = `${warnings} warnings, ${good} ok`;
  return {
    name: "check",
    intent: `go on with ${warnings} warnings`,
    check: async () => (isAdopted || worstOf(findings) === "ok" ? text : undefined),
    run: async () => text,
  };
}
