#!/usr/bin/env node
/** The commands. What only one of them needs is loaded by it alone. */
import { parseArgs } from "node:util";
import { keepSmall } from "./heap.ts";
import { loadSettings, SettingsError } from "./settings/load.ts";
import { USUAL_FILE } from "./settings/sources.ts";

const USAGE = `usage: container-gateway COMMAND [--config FILE]

  serve    run the gateway
  demo     run it with a small Katello and a small Pulp, all on this machine
  migrate  bring the database up to date and end
  check    try the settings: certificates, PostgreSQL, Pulp, Katello; changes nothing

Settings come from FILE (${USUAL_FILE} if it is left out) and from CONTAINER_GATEWAY_* in the environment.
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(command: string | undefined, config: string | undefined): Promise<number> {
  const settings = () => loadSettings(config, process.env);
  switch (command) {
    case "serve": {
      keepSmall();
      const { serve } = await import("./main.ts");
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
      const { migrateDatabase } = await import("./caches/migrations.ts");
      await migrateDatabase(settings());
      say("the database is up to date");
      return 0;
    }
    case "check": {
      const { check } = await import("./check.ts");
      const findings = await check(settings());
      for (const { good, subject, text } of findings) say(`${good ? "ok  " : "FAIL"}  ${subject}: ${text}`);
      return findings.every(({ good }) => good) ? 0 : 1;
    }
    default:
      process.stderr.write(USAGE);
      return 2;
  }
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { config: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  process.exitCode = await run(values.help === true ? undefined : positionals[0], values.config);
} catch (error) {
  const expected = error instanceof SettingsError || (error instanceof TypeError && "code" in error);
  process.stderr.write(
    `${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : error}\n`,
  );
  process.exitCode = 1;
}
