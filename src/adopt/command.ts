/** Arguments and output of `container-gateway adopt`. */
import { hostname } from "node:os";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { DEFAULT_FILE } from "../settings/sources.ts";
import { type AdoptOptions, adopt } from "./adopt.ts";
import { INSTALLED_PATHS } from "./plugin-files.ts";
import { type RemainingTask, VIRTUAL_HOST } from "./remaining.ts";
import type { StepResult } from "./steps.ts";
import type { Translation } from "./translation.ts";
import { undo } from "./undo.ts";

/** Usage of the command. */
export const ADOPT_USAGE = `usage: container-gateway adopt [OPTION...]

Takes over from the plugin smart_proxy_container_gateway: reads its settings, backs its database up, copies its data into a
database of the gateway's own, writes the settings of the gateway, and lists what is left to do. The plugin and its database
stay as they are. Run it as root, as often as you like: what is done is not done again.

  --dry-run                    show what would be done, and do nothing
  --yes                        do not ask before each step
  --json                       print one JSON document
  --undo                       give the registry back to the plugin
  --config FILE                settings file to write (default ${DEFAULT_FILE})
  --smart-proxy-settings FILE  (default ${INSTALLED_PATHS.smartProxy})
  --plugin-settings FILE       (default ${INSTALLED_PATHS.plugin})
  --virtual-host FILE          Apache's virtual host (default ${VIRTUAL_HOST})
  --host-name NAME             name of this machine in the Smart Proxy's record
  --backup-folder FOLDER       (default /var/lib/container-gateway/backups)
  --pg-dump PROGRAM            (default pg_dump) of PostgreSQL's version
  --database URL               empty database to use; by default one is created beside the plugin's
  --account NAME               account of the plugin and of the gateway (default foreman-proxy)
  --postgres-account NAME      account of PostgreSQL's superuser (default postgres)
  --postgres URL               connection string of PostgreSQL's superuser (default postgresql:///postgres)

Exit codes: 0 all is done, 1 it failed, 2 something is left to do.
`;

const OPTIONS = {
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  undo: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  config: { type: "string", default: DEFAULT_FILE },
  "smart-proxy-settings": { type: "string", default: INSTALLED_PATHS.smartProxy },
  "plugin-settings": { type: "string", default: INSTALLED_PATHS.plugin },
  "virtual-host": { type: "string", default: VIRTUAL_HOST },
  "host-name": { type: "string", default: hostname() },
  "backup-folder": { type: "string", default: "/var/lib/container-gateway/backups" },
  "pg-dump": { type: "string", default: "pg_dump" },
  database: { type: "string" },
  account: { type: "string", default: "foreman-proxy" },
  "postgres-account": { type: "string", default: "postgres" },
  postgres: { type: "string", default: "postgresql:///postgres" },
} as const;

/** Exit codes, beside 1 for an error. */
const EXIT = { done: 0, left: 2 } as const;

/** Terminal of the command. */
export interface Terminal {
  print(text: string): void;
  /** True if somebody can answer. */
  readonly isInteractive: boolean;
  /** Environment of the command. */
  readonly environment: NodeJS.ProcessEnv;
}

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

const isLeft = (steps: readonly StepResult[], remaining: readonly RemainingTask[]): boolean =>
  steps.some(({ state }) => state === "skipped") || remaining.some(({ isDone }) => isDone === false);

/**
 * Runs the command.
 * @returns its exit code
 * @throws StartupError if a step fails
 */
export async function adoptCommand(
  args: string[],
  { print, isInteractive, environment }: Terminal,
): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    print(ADOPT_USAGE.trimEnd());
    return EXIT.done;
  }
  const isAsked = isInteractive && !values.yes && !values.json;
  const options: AdoptOptions = {
    paths: { smartProxy: values["smart-proxy-settings"], plugin: values["plugin-settings"] },
    settingsFile: values.config,
    backupFolder: values["backup-folder"],
    pgDump: values["pg-dump"],
    environment,
    database: values.database,
    account: values.account,
    superuser: { account: values["postgres-account"], connectionString: values.postgres },
    virtualHost: values["virtual-host"],
    hostName: values["host-name"],
    isDryRun: values["dry-run"],
    confirm: async (intent) => values.yes || (isAsked && (await ask(intent))),
    onResult: (result) => {
      if (!values.json) print(stepLine(result));
    },
  };
  const { steps, remaining, translation }: Outcome = values.undo ? await undo(options) : await adopt(options);
  const translated = translation === undefined ? {} : namesOf(translation);
  if (values.json) print(JSON.stringify({ steps, remaining, ...translated }, null, 2));
  else {
    if (translation !== undefined) printOmitted(translation, print);
    print("\nLeft to others:");
    for (const task of remaining) print(taskLines(task));
  }
  return isLeft(steps, remaining) ? EXIT.left : EXIT.done;
}

/** A translation without the values, which may hold passwords. */
const namesOf = ({ settings, omitted }: Translation) => ({
  settings: settings.map(({ key, origin }) => ({ key, origin })),
  omitted,
});
