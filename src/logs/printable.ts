/** Lines of a log as they are safe on a terminal. */

/** DEL, C1 control characters, and those that end lines or turn the direction of text; JSON escapes only what is below. */
const UNPRINTABLE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const DEL = "\u007f";

/** A line of JSON in which control characters, which callers may send in headers and names, are escaped. */
export function printable(line: string): string {
  // Almost all lines are ASCII, which is told much sooner than the expression finds nothing.
  if (Buffer.byteLength(line) === line.length && !line.includes(DEL)) return line;
  return line.replace(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
