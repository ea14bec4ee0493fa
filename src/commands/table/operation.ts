/** Commands for operators of a running gateway. They speak to it over the socket of `admin_listen`. */
import { command } from "../command.ts";
import { CONFIG, JSON_OUTPUT } from "./shared.ts";

/** Options of every command that speaks to the gateway. */
export const ADMIN_OPTIONS = {
  ...CONFIG,
  socket: { type: "string", value: "FILE", help: "socket of the gateway (default: that of admin_listen)" },
  ...JSON_OUTPUT,
} as const;

/** Options of lists. */
export const LIST_OPTIONS = {
  ...ADMIN_OPTIONS,
  limit: { type: "string", value: "NUMBER", default: "1000", help: "maximum number of lines" },
  after: { type: "string", value: "KEY", help: "begin after this login, uuid, name or checksum" },
} as const;

const EXIT_CODES = { 0: "success", 1: "it failed, or there is no such thing" } as const;

const STATUS = command(
  {
    name: "status",
    summary: "show the state of every part, and what is wrong now",
    options: ADMIN_OPTIONS,
    args: {},
    exitCodes: { 0: "all is well", 1: "the gateway can't be asked", 2: "something is wrong" },
  },
  () => import("../operation/status.ts"),
);

/** Arguments of `explain`. */
export const EXPLAIN_ARGUMENTS = {
  who: { help: "login, uuid of a host, file with a host's certificate, or anonymous" },
  repository: { help: "name of a repository" },
} as const;

const EXPLAIN = command(
  {
    name: "explain",
    summary: "explain whether a user, a host or anybody may pull a repository",
    details: [
      "Pulls and this command share the code that decides. The output lists every fact behind the decision, with its source and age, and what would have to change.",
      "`user:NAME` and `host:UUID` say what WHO is if it can't be told from its form.",
    ],
    options: ADMIN_OPTIONS,
    args: EXPLAIN_ARGUMENTS,
    exitCodes: { 0: "allowed", 1: "the gateway can't be asked", 2: "refused, or not known" },
  },
  () => import("../operation/explain.ts"),
);

const list = (name: "users" | "hosts" | "repositories" | "tokens", summary: string) =>
  command({ name, summary, options: LIST_OPTIONS, args: {}, exitCodes: EXIT_CODES }, async () => {
    const { runList } = await import("../operation/lists.ts");
    return { run: (call) => runList(name, call) };
  });

/** Arguments of `user`, `host` and `repository`. */
export const ONE_ARGUMENT = { name: { help: "login, uuid or name" } } as const;

const details = (name: "user" | "host" | "repository", summary: string) =>
  command({ name, summary, options: ADMIN_OPTIONS, args: ONE_ARGUMENT, exitCodes: EXIT_CODES }, async () => {
    const { runDetails } = await import("../operation/details.ts");
    return { run: (call) => runDetails(name, call) };
  });

/** Arguments of `revoke`. */
export const REVOKE_ARGUMENTS = { what: { help: "login, checksum of a token, or uuid of a host" } } as const;

const REVOKE = command(
  {
    name: "revoke",
    summary: "end the tokens of a user, one token, or the grants of a host, at all gateways at once",
    details: [
      "A client with stored credentials logs in again, and Katello is asked again about a host: disable the account in Foreman, or delete the host there, to keep it out.",
    ],
    options: ADMIN_OPTIONS,
    args: REVOKE_ARGUMENTS,
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/revoke.ts"),
);

/** Options of `syncs`. */
export const SYNC_OPTIONS = {
  ...ADMIN_OPTIONS,
  limit: { type: "string", value: "NUMBER", default: "20", help: "maximum number of lines" },
  kind: { type: "string", value: "KIND", help: "kind of sync, such as repositories or user_grants" },
  watch: { type: "boolean", help: "go on, and print each sync when it has ended" },
} as const;

const SYNCS = command(
  {
    name: "syncs",
    summary: "list Katello's last syncs with their counts, changes and failures",
    options: SYNC_OPTIONS,
    args: {},
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/syncs.ts"),
);

/** Options and arguments of `unlock`. */
export const UNLOCK_OPTIONS = {
  ...ADMIN_OPTIONS,
  at: { type: "string", value: "ADDRESS", help: "unlock the account at this address only" },
} as const;
export const UNLOCK_ARGUMENTS = { what: { help: "login, or address of a client" } } as const;

const UNLOCK = command(
  {
    name: "unlock",
    summary: "forget the failed logins of an account or an address",
    options: UNLOCK_OPTIONS,
    args: UNLOCK_ARGUMENTS,
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/unlock.ts"),
);

/** Options and arguments of `log-level`. */
export const LOG_LEVEL_OPTIONS = {
  ...ADMIN_OPTIONS,
  for: {
    type: "string",
    value: "TIME",
    help: "time after which the level of the settings applies again, such as 30s, 10m or 2h",
  },
} as const;
export const LOG_LEVEL_ARGUMENTS = {
  level: { help: "minimum level", choices: ["trace", "debug", "info", "warn", "error", "fatal"] },
} as const;

const LOG_LEVEL = command(
  {
    name: "log-level",
    summary: "change the log level of the running gateway",
    options: LOG_LEVEL_OPTIONS,
    args: LOG_LEVEL_ARGUMENTS,
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/log-level.ts"),
);

const RELOAD = command(
  {
    name: "reload",
    summary: "read the settings anew, without refusing a request",
    details: [
      "New workers start with the settings, and the old ones finish their requests. If the settings can't be used or a new worker can't start, nothing changes, and the output says why. A reload that takes longer than 60 seconds, as while PostgreSQL is unavailable, goes on, and the log has its outcome. `systemctl reload container-gateway` does the same without waiting for the outcome.",
    ],
    options: ADMIN_OPTIONS,
    args: {},
    exitCodes: {
      0: "the new workers serve",
      1: "failed or not finished, or the gateway can't be asked",
    },
  },
  () => import("../operation/reload.ts"),
);

/** Arguments of `cache`. */
export const CACHE_ARGUMENTS = {
  action: { help: "action on the caches", choices: ["clear"] },
  repository: { help: "clear only what is cached about this repository", isOptional: true },
} as const;

const CACHE = command(
  {
    name: "cache",
    summary: "clear the caches of all workers",
    options: ADMIN_OPTIONS,
    args: CACHE_ARGUMENTS,
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/cache.ts"),
);

const UI = command(
  {
    name: "ui",
    summary: "print a link to the status page, which signs in a browser once",
    details: [
      "The link is valid for 60 seconds. The page needs an address in `admin_listen`, such as `http://127.0.0.1:9444`. From another machine, forward it: `ssh -L 9444:127.0.0.1:9444 HOST`.",
    ],
    options: ADMIN_OPTIONS,
    args: {},
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/ui.ts"),
);

const METRICS = command(
  {
    name: "metrics",
    summary: "print the metrics of all workers in Prometheus' format",
    options: { config: ADMIN_OPTIONS.config, socket: ADMIN_OPTIONS.socket },
    args: {},
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/metrics.ts"),
);

/** Options of `audit`. */
export const AUDIT_OPTIONS = {
  ...ADMIN_OPTIONS,
  file: { type: "string", value: "FILE", help: "audit log (default: that of audit_log)" },
  user: { type: "string", value: "NAME", help: "lines about this login, host or administrator" },
  repository: { type: "string", value: "NAME", help: "lines about this repository" },
  since: { type: "string", value: "TIME", help: "lines of the last 30m, 2h or 7d, or since a date" },
} as const;

const AUDIT = command(
  {
    name: "audit",
    summary: "read the audit log",
    details: [
      "If the audit log is no file, or one that this account can't read, the running gateway is asked. Without a file it has the last",
      "500 decisions of each worker; with `audit_log: log`, `journalctl -u container-gateway` has all of them.",
    ],
    options: AUDIT_OPTIONS,
    args: {},
    exitCodes: EXIT_CODES,
  },
  () => import("../operation/audit.ts"),
);

/** Commands in the order of the usage. */
export const OPERATION = [
  STATUS,
  UI,
  EXPLAIN,
  list("users", "list users with the numbers of their tokens and grants"),
  details("user", "show a user: spellings, tokens, grants, failed logins"),
  list("hosts", "list hosts with the numbers of their grants"),
  details("host", "show a host with its grants"),
  list("repositories", "list repositories with the numbers of users and hosts that may pull them"),
  details("repository", "show a repository, and who may pull it"),
  list("tokens", "list the checksums of tokens with their users"),
  REVOKE,
  SYNCS,
  UNLOCK,
  LOG_LEVEL,
  RELOAD,
  CACHE,
  METRICS,
  AUDIT,
] as const;
