/** Runs `container-gateway audit`: reads the file of the audit log. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { errorText } from "../../model/error-text.ts";
import { foldLogin } from "../../model/logins.ts";
import { StartupError } from "../../model/startup-error.ts";
import { readSources } from "../../settings/sources.ts";
import { UsageError } from "../arguments.ts";
import type { Call, OptionValues } from "../command.ts";
import type { AUDIT_OPTIONS } from "../table/operation.ts";
import { secondsOf } from "./words.ts";

type AuditOptions = OptionValues<typeof AUDIT_OPTIONS>;

/** A line of the audit log. */
type Line = Readonly<Record<string, unknown>>;

/** @throws StartupError if the audit log is no file */
function fileOf({ file, config }: AuditOptions, environment: NodeJS.ProcessEnv): string {
  if (file !== undefined) return file;
  const setting = readSources(config, environment).values.get("audit_log")?.value ?? "log";
  if (String(setting).startsWith("/")) return String(setting);
  throw new StartupError(
    setting === "off"
      ? "audit_log is off: set it to the path of a file"
      : "the audit log is in the log: read it with `journalctl -u container-gateway`, or set audit_log to the path of a file",
  );
}

/** Time in milliseconds since the epoch. @throws UsageError */
function timeOf(since: string): number {
  const date = Date.parse(since);
  return Number.isNaN(date) ? Date.now() - 1000 * secondsOf("since", since) : date;
}

function filterOf({ user, repository, since }: AuditOptions): (line: Line) => boolean {
  const from = since === undefined ? undefined : timeOf(since);
  return ({ time, name, repository: pulled }) =>
    (user === undefined || (typeof name === "string" && foldLogin(name) === foldLogin(user))) &&
    (repository === undefined || pulled === repository) &&
    (from === undefined || Date.parse(String(time)) >= from);
}

const FIELDS = [
  "time",
  "decision",
  "event",
  "caller",
  "name",
  "address",
  "repository",
  "reference",
  "why",
] as const;

const textOf = (line: Line): string =>
  FIELDS.flatMap((field) => (line[field] === undefined ? [] : String(line[field]))).join("  ");

/** Parses a line; undefined for one that is cut short. */
function parse(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? { ...line } : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof AUDIT_OPTIONS>): Promise<number> {
  const file = fileOf(options, terminal.environment);
  const isWanted = filterOf(options);
  try {
    for await (const text of createInterface({ input: createReadStream(file) })) {
      const line = parse(text);
      if (line !== undefined && isWanted(line)) terminal.print(options.json ? text : textOf(line));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new StartupError(`the audit log can't be read: ${errorText(error)}`);
  }
  return 0;
}
