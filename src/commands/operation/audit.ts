/** Runs `container-gateway audit`: reads the file of the audit log, or asks the running gateway. */
import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { errorText } from "../../model/error-text.ts";
import { foldLogin } from "../../model/logins.ts";
import { StartupError } from "../../model/startup-error.ts";
import { readSources } from "../../settings/sources.ts";
import type { Call, OptionValues } from "../command.ts";
import type { AUDIT_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { secondsOf } from "./words.ts";

type AuditOptions = OptionValues<typeof AUDIT_OPTIONS>;

/** More decisions than the gateway has. */
const MAX_DECISIONS = 1_000_000;

/** A line of the audit log. */
type Line = Readonly<Record<string, unknown>>;

/** Setting `audit_log`: the path of a file, `log` or `off`. */
const targetOf = ({ config }: AuditOptions, environment: NodeJS.ProcessEnv): string =>
  String(readSources(config, environment).values.get("audit_log")?.value ?? "log");

/** Advice if neither the file can be read nor the gateway asked. */
function adviceOn(target: string): string {
  if (target.startsWith("/")) return `${target} can't be read`;
  return target === "off"
    ? "audit_log is off: set it to the path of a file"
    : "the audit log is in the log: read it with `journalctl -u container-gateway`, or set audit_log to the path of a file";
}

/** True for a file that this account can read. Reading a pipe would take the lines from its reader. */
async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Time in milliseconds since the epoch. @throws UsageError */
function timeOf(since: string): number {
  const date = Date.parse(since);
  return Number.isNaN(date) ? Date.now() - 1000 * secondsOf("since", since) : date;
}

function filterOf({ user, repository, since }: AuditOptions): (line: Line) => boolean {
  const from = since === undefined ? undefined : timeOf(since);
  const isNamed = (text: unknown) => typeof text === "string" && foldLogin(text) === foldLogin(user ?? "");
  return ({ time, name, subject, repository: pulled }) =>
    (user === undefined || isNamed(name) || valuesOf(subject).some(isNamed)) &&
    (repository === undefined || pulled === repository) &&
    (from === undefined || Date.parse(String(time)) >= from);
}

/** Values of an operator's parameters, such as `user=alice address=192.0.2.1`; one with a space is quoted as in JSON. */
const valuesOf = (subject: unknown): string[] =>
  typeof subject === "string"
    ? [...subject.matchAll(/=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)].map(
        ([, quoted, plain = ""]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? plain,
      )
    : [];

const CALLER_FIELDS = ["time", "decision", "event", "caller", "name", "address"] as const;
const FIELDS = [...CALLER_FIELDS, "repository", "reference", "why"] as const;
/** The same for what an operator, or Katello, did. */
const ADMINISTRATION_FIELDS = [...CALLER_FIELDS, "operation", "subject", "why"] as const;

const textOf = (line: Line): string =>
  (line.event === "administration" ? ADMINISTRATION_FIELDS : FIELDS)
    .flatMap((field) => (line[field] === undefined ? [] : String(line[field])))
    .join("  ");

/** Parses a line; undefined for one that is cut short. */
function parse(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? { ...line } : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  try {
    for await (const text of createInterface({ input: createReadStream(file) })) {
      const line = parse(text);
      if (line !== undefined) yield line;
    }
  } catch (error) {
    throw new StartupError(`the audit log can't be read: ${errorText(error)}`);
  }
}

/** Decisions that the gateway has, the oldest first. @throws StartupError if it can't be asked */
async function decisionsOf(
  options: AuditOptions,
  environment: NodeJS.ProcessEnv,
  target: string,
): Promise<readonly Line[]> {
  const { user, repository } = options;
  const query = {
    n: MAX_DECISIONS,
    ...(user === undefined ? {} : { user }),
    ...(repository === undefined ? {} : { repository }),
  };
  const gateway = gatewayAt(options, environment);
  const { decisions } = await bodyOf(gateway.getAudit({ params: { query } })).catch((error: unknown) => {
    throw new StartupError(`${adviceOn(target)}; ${errorText(error)}`);
  });
  return decisions.toReversed();
}

/** Runs the command. A file is read here if it can be, because the gateway reads only its end. */
export async function run({ options, terminal }: Call<typeof AUDIT_OPTIONS>): Promise<number> {
  const isWanted = filterOf(options);
  const target = options.file ?? targetOf(options, terminal.environment);
  const isFile = options.file !== undefined || (target.startsWith("/") && (await isReadable(target)));
  const lines = isFile ? linesOf(target) : await decisionsOf(options, terminal.environment, target);
  for await (const line of lines)
    if (isWanted(line)) terminal.print(options.json ? JSON.stringify(line) : textOf(line));
  return 0;
}
