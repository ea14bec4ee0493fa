/** Commands that change the site: take over from the plugin, register in Foreman. */
import {
  FOREMANCTL_DROP_IN,
  FOREMANCTL_PATHS,
  INSTALLED_PATHS,
  VIRTUAL_HOST,
} from "../../adopt/installed-paths.ts";
import { DEFAULT_FILE } from "../../settings/sources.ts";
import { command } from "../command.ts";
import { JSON_OUTPUT } from "./shared.ts";

/** Options of `adopt`. */
export const ADOPT_OPTIONS = {
  "dry-run": { type: "boolean", help: "show what would be done, and do nothing" },
  yes: { type: "boolean", help: "do not ask before each step" },
  ...JSON_OUTPUT,
  undo: { type: "boolean", help: "give the registry back to the plugin" },
  config: { type: "string", value: "FILE", default: DEFAULT_FILE, help: "settings file to write" },
  "smart-proxy-settings": {
    type: "string",
    value: "FILE",
    default: INSTALLED_PATHS.smartProxy,
    help: "settings of the Smart Proxy",
  },
  "plugin-settings": {
    type: "string",
    value: "FILE",
    default: INSTALLED_PATHS.plugin,
    help: "settings of the plugin",
  },
  "virtual-host": {
    type: "string",
    value: "FILE",
    help: `Apache's file that leads the registry (default: ${VIRTUAL_HOST}; with foremanctl ${FOREMANCTL_DROP_IN})`,
  },
  "host-name": {
    type: "string",
    value: "NAME",
    help: "name of this machine in the Smart Proxy's record (default: the machine's own)",
  },
  "backup-folder": {
    type: "string",
    value: "FOLDER",
    default: "/var/lib/container-gateway/backups",
    help: "folder of the backups",
  },
  "pg-dump": {
    type: "string",
    value: "FILE",
    help: "pg_dump of PostgreSQL's version (default: pg_dump; with foremanctl that of its container)",
  },
  database: {
    type: "string",
    value: "URL",
    help: "empty database to use; by default one is created beside the plugin's",
  },
  account: {
    type: "string",
    value: "NAME",
    default: "foreman-proxy",
    help: "account of the plugin and of the gateway",
  },
  "postgres-account": {
    type: "string",
    value: "NAME",
    help: "account of PostgreSQL's superuser (default: postgres; with foremanctl this one)",
  },
  postgres: {
    type: "string",
    value: "URL",
    help: "connection string of PostgreSQL's superuser (default: postgresql:///postgres; with foremanctl from its secrets)",
  },
  quadlets: {
    type: "string",
    value: "FOLDER",
    default: FOREMANCTL_PATHS.quadlets,
    help: "folder of quadlets, by which foremanctl is recognized",
  },
  certificates: {
    type: "string",
    value: "FOLDER",
    default: FOREMANCTL_PATHS.certificates,
    help: "folder of foremanctl's certificates",
  },
  podman: { type: "string", value: "FILE", default: FOREMANCTL_PATHS.podman, help: "the program podman" },
} as const;

const ADOPT = command(
  {
    name: "adopt",
    summary: "take over from the plugin smart_proxy_container_gateway, or give the registry back to it",
    details: [
      "Takes over from the plugin smart_proxy_container_gateway: reads its settings, checks all that they name, backs its database up, copies its data into a database of the gateway's own, writes the settings of the gateway, and lists what is left to do. The plugin and its database stay as they are. Run it as root, as often as you like: what is done is not done again.",
    ],
    options: ADOPT_OPTIONS,
    args: {},
    exitCodes: { 0: "all is done", 1: "it failed, or the check found errors", 2: "something is left to do" },
  },
  () => import("../adopt.ts"),
);

/** Options of `register`. */
export const REGISTER_OPTIONS = {
  foreman: {
    type: "string",
    value: "URL",
    help: "Foreman, such as https://foreman.example.org; must be given",
  },
  url: {
    type: "string",
    value: "URL",
    help: "URL of the gateway for Foreman: of the façade, or of an https listener; must be given",
  },
  name: { type: "string", value: "NAME", help: "name of the record (default: this machine's name)" },
  user: { type: "string", value: "NAME", default: "admin", help: "account in Foreman" },
  "password-file": {
    type: "string",
    value: "FILE",
    help: "file with the password or a personal access token; otherwise FOREMAN_PASSWORD, or a prompt",
  },
  "oauth-key-file": {
    type: "string",
    value: "FILE",
    help: "file with Foreman's oauth_consumer_key and oauth_consumer_secret, each on a line, instead of a password",
  },
  ca: { type: "string", value: "FILE", help: "CA of Foreman's certificate (default: the system's)" },
  ...JSON_OUTPUT,
} as const;

const REGISTER = command(
  {
    name: "register",
    summary: "register the gateway in Foreman",
    details: [
      "Creates or updates the record of a Smart Proxy in Foreman, refreshes its features, and says whether Katello finds the gateway.",
    ],
    options: REGISTER_OPTIONS,
    args: {},
    exitCodes: {
      0: "Katello finds the gateway",
      1: "it failed",
      2: "it is registered, but Katello does not find it",
    },
  },
  () => import("../register.ts"),
);

/** Commands in the order of the usage. */
export const SITE = [ADOPT, REGISTER] as const;
