/** Escapes log lines for terminals. */

/** DEL, C1 control characters, line separators and bidirectional controls; JSON escapes only C0 control characters. */
const UNPRINTABLE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const DEL = "\u007f";

/** Escapes control characters in a JSON line: clients can send them in headers and names. */
export function printable(line: string): string {
  // Almost all lines are ASCII, and this check is much faster than the expression.
  if (Buffer.byteLength(line) === line.length && !line.includes(DEL)) return line;
  return line.replace(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
