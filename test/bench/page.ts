/** Writes docs/benchmarks.md: each bench replaces one section. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);
const BEGIN = `# Benchmarks

Measurements of \`npm run bench\`, one section per command. They hold for the named machine only: compare ratios rather
than absolute figures.
`;

/** The machine and the programs, on one line. */
export function machine(more: readonly string[] = []): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  const parts = [
    `${cpus().length} x ${cpu?.model.trim()}`,
    memory,
    `Linux ${release().split("-", 1)[0]}`,
    `Node.js ${process.version}`,
  ];
  return [...parts, ...more].join(", ");
}

/** Formats a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Replaces a section, or adds it at the end. */
export function writeSection(title: string, text: string): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : BEGIN;
  const [head = BEGIN, ...sections] = page.split(/^(?=## )/m);
  const own = `## ${title}\n\n${text.trim()}\n\n`;
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  if (at < 0) sections.push(own);
  else sections[at] = own;
  writeFileSync(PAGE, `${[head.trimEnd(), ...sections.map((section) => section.trimEnd())].join("\n\n")}\n`);
}
