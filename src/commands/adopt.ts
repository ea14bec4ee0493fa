/** Runs `container-gateway adopt`. */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline/promises";
import { type AdoptOptions, adopt } from "../adopt/adopt.ts";
import { Foremanctl } from "../adopt/foremanctl.ts";
import { FOREMANCTL_DROP_IN, VIRTUAL_HOST } from "../adopt/installed-paths.ts";
import type { RemainingTask } from "../adopt/remaining.ts";
import type { StepResult } from "../adopt/steps.ts";
import type { Translation } from "../adopt/translation.ts";
import { undo } from "../adopt/undo.ts";
import { type Finding, worstOf } from "../check/finding.ts";
import { jsonFindings, textReport } from "../check/report.ts";
import type { Call, Terminal } from "./command.ts";
import type { ADOPT_OPTIONS } from "./table/site.ts";

/** Exit codes. */
const EXIT = { done: 0, failed: 1, left: 2 } as const;

async function ask(intent: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${intent}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Result of either direction. */
interface Outcome {
  readonly steps: readonly StepResult[];
  readonly remaining: readonly RemainingTask[];
  readonly translation?: Translation;
  readonly findings?: readonly Finding[];
}

const stepLine = ({ name, state, text }: StepResult): string => `${state.padEnd(7)} ${name}: ${text}`;

function taskLines({ text, command, isDone }: RemainingTask): string {
  const state = isDone === undefined ? "to do?" : isDone ? "done" : "to do";
  return isDone === true ? `${state.padEnd(7)} ${text}` : `${state.padEnd(7)} ${text}:\n          ${command}`;
}

function printOmitted({ omitted }: Translation, print: Terminal["print"]): void {
  print("\nLeft out of the settings:");
  for (const { key, place, why } of omitted) print(`        ${key} (${place}): ${why}`);
}

/** Prints warnings and errors, and their counts. */
function printFindings(findings: readonly Finding[], print: Terminal["print"]): void {
  if (worstOf(findings) === "ok") return;
  print(textReport(findings, ["warning", "error"]));
  if (worstOf(findings) === "error")
    print("\nNothing was changed: correct the errors, and run this command again.");
}

const isLeft = (steps: readonly StepResult[], remaining: readonly RemainingTask[]): boolean =>
  steps.some(({ state }) => state === "skipped") || remaining.some(({ isDone }) => isDone === false);

type Options = Call<typeof ADOPT_OPTIONS>["options"];

/** A machine of foremanctl has its quadlet of the Smart Proxy, and no settings files. */
function foremanctlOf(values: Options): Foremanctl | undefined {
  if (existsSync(values["smart-proxy-settings"]) || !Foremanctl.isAt(values)) return undefined;
  return new Foremanctl(values);
}

function superuserOf(
  values: Options,
  foremanctl: Foremanctl | undefined,
  hostName: string,
): AdoptOptions["superuser"] {
  const { postgres, database, "postgres-account": account } = values;
  if (foremanctl === undefined)
    return { account: account ?? "postgres", connectionString: postgres ?? "postgresql:///postgres" };
  // Not needed with a database that is named.
  if (postgres !== undefined || database !== undefined || values.undo)
    return { account, connectionString: postgres ?? "" };
  return { account, connectionString: foremanctl.superuser(foremanctl.read(hostName).plugin) };
}

/**
 * Runs the command.
 * @returns its exit code
 * @throws StartupError if a step fails
 */
export async function run({ options: values, terminal }: Call<typeof ADOPT_OPTIONS>): Promise<number> {
  const { print, isInteractive, environment } = terminal;
  const isAsked = isInteractive && !values.yes && !values.json;
  const foremanctl = foremanctlOf(values);
  const hostName = values["host-name"] ?? hostname();
  const options: AdoptOptions = {
    foremanctl,
    paths: { smartProxy: values["smart-proxy-settings"], plugin: values["plugin-settings"] },
    settingsFile: values.config,
    backupFolder: values["backup-folder"],
    pgDump: values["pg-dump"] === undefined ? (foremanctl?.dump ?? ["pg_dump"]) : [values["pg-dump"]],
    pgDumpAccount: foremanctl === undefined ? values.account : undefined,
    environment,
    database: values.database,
    account: values.account,
    superuser: superuserOf(values, foremanctl, hostName),
    virtualHost: values["virtual-host"] ?? (foremanctl === undefined ? VIRTUAL_HOST : FOREMANCTL_DROP_IN),
    hostName,
    isDryRun: values["dry-run"],
    confirm: async (intent) => values.yes || (isAsked && (await ask(intent))),
    onResult: (result) => {
      if (!values.json) print(stepLine(result));
    },
    onFindings: (findings) => {
      if (!values.json) printFindings(findings, print);
    },
  };
  const outcome: Outcome = values.undo ? await undo(options) : await adopt(options);
  const { steps, remaining, translation, findings = [] } = outcome;
  const isRefused = worstOf(findings) === "error";
  const translated =
    translation === undefined ? {} : { findings: jsonFindings(findings), ...namesOf(translation) };
  if (values.json) print(JSON.stringify({ steps, remaining, ...translated }, null, 2));
  else if (!isRefused) {
    if (translation !== undefined) printOmitted(translation, print);
    print("\nLeft to others:");
    for (const task of remaining) print(taskLines(task));
  }
  if (isRefused) return EXIT.failed;
  return isLeft(steps, remaining) ? EXIT.left : EXIT.done;
}

/** A translation without the values, which may hold passwords. */
const namesOf = ({ settings, omitted }: Translation) => ({
  settings: settings.map(({ key, origin }) => ({ key, origin })),
  omitted,
});
