/** Reports of a check: for people, and as JSON for programs. */
import { type Finding, type Level, worstOf } from "./finding.ts";

/** Exit code of the command for its worst finding. */
const EXIT_CODES: Readonly<Record<Level, number>> = { ok: 0, error: 1, warning: 2 };

/** Returns the exit code of the command. */
export const exitCodeOf = (findings: readonly Finding[]): number => EXIT_CODES[worstOf(findings)];

const WIDTH_CHARS = "warning".length;

function linesOf({ level, subject, setting, place, text, advice }: Finding): string[] {
  const line = `${level.padEnd(WIDTH_CHARS)}  ${subject}: ${text}`;
  if (level === "ok") return [line];
  const where = setting === undefined ? place : `${place}: ${setting}`;
  return [line, `${" ".repeat(WIDTH_CHARS)}  ${where}: ${advice}`];
}

/**
 * Formats findings for people: one line each, and a second one with place and advice if something is to be done. The last line
 * counts them.
 * @param shown levels that are shown; all of them are counted
 */
export function textReport(
  findings: readonly Finding[],
  shown: readonly Level[] = ["ok", "warning", "error"],
): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const summary = `${count("error")} errors, ${count("warning")} warnings, ${count("ok")} ok`;
  const lines = findings.filter(({ level }) => shown.includes(level)).flatMap(linesOf);
  return [...lines, summary].join("\n");
}

/** Findings for a JSON document. */
export const jsonFindings = (findings: readonly Finding[]) =>
  findings.map(({ level, subject, setting = null, place, text, advice }) => ({
    level,
    subject,
    setting,
    place,
    text,
    advice,
  }));

/** Formats findings as one JSON document. */
export const jsonReport = (findings: readonly Finding[]): string =>
  JSON.stringify({ level: worstOf(findings), findings: jsonFindings(findings) }, undefined, 2);
