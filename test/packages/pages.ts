/** The commands of the documentation, which the tests run as they are written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./folders.ts";

/** Blocks of code in a section of a page. @throws Error if it has none */
function blocksOf(page: string, section: string, language: string): string[] {
  const sections = readFileSync(join(ROOT, "docs", page), "utf8").split(/^## /m);
  const text = sections.find((part) => part.startsWith(`${section}\n`)) ?? "";
  const blocks = [...text.matchAll(/^ *```(\w+)\n([\s\S]*?)```/gm)].filter(([, name]) => name === language);
  if (blocks.length === 0) throw new Error(`docs/${page} has no ${language} in ${section}`);
  return blocks.map(([, , block = ""]) => block.trim());
}

/** Commands of a section of a page. @throws Error if it has none */
export const commandsOf = (page: string, section: string): string[] => blocksOf(page, section, "sh");

/** Settings of a section of a page. @throws Error if it has none */
export function settingsOf(page: string, section: string): Readonly<Record<string, unknown>> {
  const [block = ""] = blocksOf(page, section, "yaml");
  return parse(block.replaceAll(/^ +/gm, ""));
}
