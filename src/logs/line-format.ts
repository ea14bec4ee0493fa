/** Formats of log lines: JSON, or text for people; with the priority of each line if systemd's journal reads them. */

/** Format of the log. */
export type LogFormat = "json" | "text";

/** Fields at the beginning of a text line, which are not repeated. */
const SHOWN_FIRST: ReadonlySet<string> = new Set(["time", "level", "msg"]);
/** Fields that are the same in every line of a process. */
const OMITTED: ReadonlySet<string> = new Set(["hostname"]);

/** Priorities of the journal (sd-daemon(3)) by level. */
const PRIORITIES: Readonly<Record<string, number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
  fatal: 2,
};

const PLAIN = /^[\w./:@+*-]+$/;

function valueText(value: unknown): string {
  if (typeof value === "string" && PLAIN.test(value)) return value;
  return JSON.stringify(value);
}

/** Text of an error: its stack says everything. */
const errorOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "stack" in value ? value.stack : value;

/** Converts a JSON line to text: time, level, message, and the other fields as `name=value`. */
function textLine(json: string): string {
  const fields: Record<string, unknown> = JSON.parse(json);
  const rest = Object.entries(fields)
    .filter(([name]) => !SHOWN_FIRST.has(name) && !OMITTED.has(name))
    .map(([name, value]) => `${name}=${valueText(errorOf(value))}`);
  const level = String(fields.level).padEnd(5);
  return `${[fields.time, level, fields.msg, ...rest].join(" ")}\n`;
}

const LEVEL = /^\{"level":"(\w+)"/;

/**
 * Creates a function that formats JSON lines, which begin with the name of the level.
 * @param isForJournal true to begin each line with its priority, which the journal removes
 */
export function lineFormat(format: LogFormat, isForJournal: boolean): (json: string) => string {
  const shape = format === "text" ? textLine : (json: string) => json;
  if (!isForJournal) return shape;
  return (json) => `<${PRIORITIES[LEVEL.exec(json)?.[1] ?? ""] ?? 6}>${shape(json)}`;
}
