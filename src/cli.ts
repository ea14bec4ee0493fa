#!/usr/bin/env node
/** Commands. Modules that only one command needs are imported by that command. */
import { parseArgs } from "node:util";
import { errorCode, errorText } from "./model/error-text.ts";
import { StartupError } from "./model/startup-error.ts";
import { limitHeapGrowth } from "./process/v8-heap.ts";
import { loadSettings, SettingsError } from "./settings/load.ts";
import { DEFAULT_FILE } from "./settings/sources.ts";

const USAGE = `usage: container-gateway COMMAND [--config FILE]

  serve    run the gateway
  demo     run the gateway with a simulated Katello and Pulp, all on this machine
  migrate  migrate the database and exit; with --adopt also that of smart_proxy_container_gateway
  check    check the settings: certificates, revocation lists, PostgreSQL, Pulp, Katello
  adopt    take over from the plugin smart_proxy_container_gateway (adopt --help)
  register register the gateway in Foreman (register --help)

Settings come from FILE (default ${DEFAULT_FILE}) and from CONTAINER_GATEWAY_* in the environment.
`;

/** Prints a line. A reader that has gone, such as `head`, ends the command. */
function print(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => process.exit(1));
  process.stdout.write(`${text}\n`);
}

/** True for errors whose message suffices; any other error is printed with its stack. */
const isForOperator = (error: unknown): boolean =>
  error instanceof SettingsError ||
  error instanceof StartupError ||
  errorCode(error).startsWith("ERR_PARSE_ARGS");

/** Without a listener for SIGUSR1, Node.js would open its debugger to every account of the machine. */
process.on("SIGUSR1", () => undefined);

/** Values of the command's options. */
interface Options {
  readonly config?: string | undefined;
  readonly adopt?: boolean | undefined;
}

function refuse(problem: string): number {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  return 2;
}

async function run([command, ...more]: string[], { config, adopt }: Options): Promise<number> {
  if (more.length > 0) return refuse(`${command} takes no arguments: ${more.join(" ")}`);
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
      return 0;
    }
    case "migrate": {
      const { migrateDatabase } = await import("./database/preparation.ts");
      const report = (text: string, error?: unknown) => {
        if (error !== undefined) process.stderr.write(`${text}: ${errorText(error)}\n`);
      };
      await migrateDatabase(settings(), { adopt: adopt === true, report });
      print("the database is up to date");
      return 0;
    }
    case "check": {
      const { check } = await import("./process/check.ts");
      const findings = await check(settings());
      for (const { ok, subject, text } of findings) print(`${ok ? "ok  " : "FAIL"}  ${subject}: ${text}`);
      return findings.every(({ ok }) => ok) ? 0 : 1;
    }
    default:
      return refuse(command === undefined ? "no command given" : `unknown command: ${command}`);
  }
}

async function runAdopt(args: string[]): Promise<number> {
  const { adoptCommand } = await import("./adopt/command.ts");
  return adoptCommand(args, { print, isInteractive: process.stdin.isTTY });
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
      adopt: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help !== true) return run(positionals, values);
  process.stdout.write(USAGE);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${isForOperator(error) ? errorText(error) : error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = 1;
}
// Connections to unresponsive servers may still be open, and would keep the process alive.
process.exit();
