#!/usr/bin/env node
/** The commands. What only one of them needs is loaded by it alone. */
import { parseArgs } from "node:util";
import { errorCode, errorText } from "./model/error-text.ts";
import { StartupError } from "./model/startup-error.ts";
import { limitHeapGrowth } from "./process/v8-heap.ts";
import { loadSettings, SettingsError } from "./settings/load.ts";
import { USUAL_FILE } from "./settings/sources.ts";

const USAGE = `usage: container-gateway COMMAND [--config FILE]

  serve    run the gateway
  demo     run it with a small Katello and a small Pulp, all on this machine
  migrate  bring the database up to date and end
  check    try the settings: certificates, revocation lists, PostgreSQL, Pulp, Katello

Settings come from FILE (${USUAL_FILE} if it is left out) and from CONTAINER_GATEWAY_* in the environment.
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** What says by itself what to do; of anything else it is best known where it came from. */
const isForOperator = (error: unknown): boolean =>
  error instanceof SettingsError ||
  error instanceof StartupError ||
  errorCode(error).startsWith("ERR_PARSE_ARGS");

/** Node.js opens its debugger on SIGUSR1, to every account of the machine, unless somebody listens to the signal. */
process.on("SIGUSR1", () => undefined);

async function run([command, ...more]: string[], config: string | undefined): Promise<number> {
  if (more.length > 0) {
    process.stderr.write(`${command} takes nothing more: ${more.join(" ")}\n\n${USAGE}`);
    return 2;
  }
  const settings = () => loadSettings(config, process.env);
  switch (command) {
    case "serve": {
      limitHeapGrowth();
      const { serve } = await import("./process/serve.ts");
      await serve(settings(), process.env);
      // A neighbour that has fallen silent never says goodbye, and keeps nobody.
      return process.exit(0);
    }
    case "demo": {
      const { demo } = await import("./demo/demo.ts");
      await demo();
      return 0;
    }
    case "migrate": {
      const { migrateDatabase } = await import("./database/migrations.ts");
      await migrateDatabase(settings());
      say("the database is up to date");
      return 0;
    }
    case "check": {
      const { check } = await import("./process/check.ts");
      const findings = await check(settings());
      for (const { good, subject, text } of findings) say(`${good ? "ok  " : "FAIL"}  ${subject}: ${text}`);
      return findings.every(({ good }) => good) ? 0 : 1;
    }
    default: {
      const wrong = command === undefined ? "no command was given" : `there is no command ${command}`;
      process.stderr.write(`${wrong}\n\n${USAGE}`);
      return 2;
    }
  }
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { config: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) process.stdout.write(USAGE);
  else process.exitCode = await run(positionals, values.config);
} catch (error) {
  process.stderr.write(
    `${isForOperator(error) ? errorText(error) : error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = 1;
}
