#!/usr/bin/env node
/** Commands. Modules that only one command needs are imported by that command. */
import { parseArgs } from "node:util";
import { errorCode, errorText } from "./model/error-text.ts";
import { StartupError } from "./model/startup-error.ts";
import { limitHeapGrowth } from "./process/v8-heap.ts";
import { loadSettings, readSettings, SettingsError } from "./settings/load.ts";
import { DEFAULT_FILE } from "./settings/sources.ts";

const USAGE = `usage: container-gateway COMMAND [--config FILE]

  serve    run the gateway
  demo     run the gateway with a simulated Katello and Pulp, all on this machine
  migrate  migrate the database and exit; with --adopt also that of smart_proxy_container_gateway
  check    check settings, files, certificates, listeners, PostgreSQL, Pulp, Katello and the Smart Proxy;
           with --json the findings are one JSON document
  adopt    take over from the plugin smart_proxy_container_gateway (adopt --help)
  register register the gateway in Foreman (register --help)

Settings come from FILE (default ${DEFAULT_FILE}) and from CONTAINER_GATEWAY_* in the environment.

Exit codes: 0 success, 1 errors, 2 only warnings (check), 64 wrong usage.
`;

/** Exit codes of all commands; `check` has one more, for warnings. Wrong usage has the number of sysexits(3). */
const EXIT = { success: 0, failure: 1, usage: 64 } as const;

/** Prints a line. A reader that has gone, such as `head`, ends the command. */
function print(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => process.exit(1));
  process.stdout.write(`${text}\n`);
}

const isUsageError = (error: unknown): boolean => errorCode(error).startsWith("ERR_PARSE_ARGS");

/** True for errors whose message suffices; any other error is printed with its stack. */
const isForOperator = (error: unknown): boolean =>
  error instanceof SettingsError || error instanceof StartupError;

/** Without a listener for SIGUSR1, Node.js would open its debugger to every account of the machine. */
process.on("SIGUSR1", () => undefined);

/** Values of the command's options. */
interface Options {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly adopt?: boolean | undefined;
}

function refuse(problem: string): number {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  return EXIT.usage;
}

async function run([command, ...more]: string[], { config, json, adopt }: Options): Promise<number> {
  if (more.length > 0) return refuse(`${command} takes no arguments: ${more.join(" ")}`);
  if (json !== undefined && command !== "check") return refuse("--json is an option of check");
  if (adopt !== undefined && command !== "migrate") return refuse("--adopt is an option of migrate");
  const settings = () => loadSettings(config, process.env);
  switch (command) {
    case "serve": {
      limitHeapGrowth();
      const { serve } = await import("./process/serve.ts");
      await serve(settings(), process.env);
      return 0;
    }
    case "demo": {
      const { demo } = await import("./demo/demo.ts");
      await demo();
      return EXIT.success;
    }
    case "migrate": {
      const { migrateDatabase } = await import("./database/preparation.ts");
      const report = (text: string, error?: unknown) => {
        if (error !== undefined) process.stderr.write(`${text}: ${errorText(error)}\n`);
      };
      await migrateDatabase(settings(), { adopt: adopt === true, report });
      print("the database is up to date");
      return EXIT.success;
    }
    case "check": {
      const { check } = await import("./check/check.ts");
      const { exitCodeOf, jsonReport, textReport } = await import("./check/report.ts");
      const findings = await check(readSettings(config, process.env));
      print(json === true ? jsonReport(findings) : textReport(findings));
      return exitCodeOf(findings);
    }
    default:
      return refuse(command === undefined ? "no command given" : `unknown command: ${command}`);
  }
}

async function runAdopt(args: string[]): Promise<number> {
  const { adoptCommand } = await import("./adopt/command.ts");
  return adoptCommand(args, { print, isInteractive: process.stdin.isTTY, environment: process.env });
}

async function runRegister(args: string[]): Promise<number> {
  const { registerCommand } = await import("./register/command.ts");
  const password = process.env.FOREMAN_PASSWORD;
  return registerCommand(args, { print, password, isInteractive: process.stdin.isTTY });
}

async function main([command = "", ...args]: string[]): Promise<number> {
  // These have options of their own.
  if (command === "adopt") return runAdopt(args);
  if (command === "register") return runRegister(args);
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: "string" },
      json: { type: "boolean" },
      adopt: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help !== true) return run(positionals, values);
  process.stdout.write(USAGE);
  return EXIT.success;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (isUsageError(error)) process.exitCode = refuse(errorText(error));
  else {
    process.stderr.write(
      `${isForOperator(error) ? errorText(error) : error instanceof Error ? error.stack : error}\n`,
    );
    process.exitCode = EXIT.failure;
  }
}
// Connections to unresponsive servers may still be open, and would keep the process alive.
process.exit();
