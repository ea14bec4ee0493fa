/** Commands that run and check the gateway. */
import { command } from "../command.ts";
import { CONFIG, JSON_OUTPUT } from "./shared.ts";

const SERVE = command(
  {
    name: "serve",
    summary: "run the gateway",
    details: [
      "Runs until SIGTERM or SIGINT, and then answers the requests in flight. A second signal ends it at once.",
    ],
    options: CONFIG,
    args: {},
    exitCodes: { 0: "it was shut down", 1: "it can't start, or failed" },
  },
  () => import("../serve.ts"),
);

const CHECK = command(
  {
    name: "check",
    summary: "check settings, files, certificates, listeners, PostgreSQL, Pulp, Katello and the Smart Proxy",
    details: ["Changes nothing. Run it as the account of the service, whose permissions it checks."],
    options: { ...CONFIG, ...JSON_OUTPUT },
    args: {},
    exitCodes: { 0: "all is well", 1: "there are errors", 2: "there are only warnings" },
  },
  () => import("../check.ts"),
);

/** Options of `migrate`. */
export const MIGRATE_OPTIONS = {
  ...CONFIG,
  adopt: { type: "boolean", help: "migrate the database of smart_proxy_container_gateway, too" },
} as const;

const MIGRATE = command(
  {
    name: "migrate",
    summary: "migrate the database and exit",
    details: ["`serve` migrates the database by itself; this command does it without listening."],
    options: MIGRATE_OPTIONS,
    args: {},
    exitCodes: { 0: "the database is up to date", 1: "it failed" },
  },
  () => import("../migrate.ts"),
);

const DEMO = command(
  {
    name: "demo",
    summary: "run the gateway with a simulated Katello and Pulp, all on this machine",
    options: {},
    args: {},
    exitCodes: { 0: "it was shut down", 1: "it failed" },
  },
  () => import("../demo.ts"),
);

/** Commands in the order of the usage. */
export const GATEWAY = [SERVE, CHECK, MIGRATE, DEMO] as const;
