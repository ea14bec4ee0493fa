/** Text of manual pages, in the man macros of roff. */

/** Escapes plain text. */
export function plain(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/gm, "\\&$1");
}

/** Converts the little Markdown that descriptions have: code in backticks, links. */
export const paragraph = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .split(/(`[^`]+`)/)
    .map((part) => (part.startsWith("`") ? `\\fB${plain(part.slice(1, -1))}\\fR` : plain(part)))
    .join("");

/** A term and its meaning. */
export const item = (term: string, meaning: string): string => `.TP\n${term}\n${meaning}`;

/** A section with its lines. */
export const section = (title: string, ...lines: readonly string[]): string =>
  [`.SH ${title.toUpperCase()}`, ...lines].join("\n");

/** A page. */
export function page(
  { name, number, date, version }: { name: string; number: number; date: string; version: string },
  ...sections: readonly string[]
): string {
  const title = `.TH ${name.toUpperCase()} ${number} "${date}" "container\\-gateway ${version}" "Container gateway"`;
  return `${[title, ...sections].join("\n")}\n`;
}
