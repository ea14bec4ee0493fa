/** The commands of the documentation, which the tests run as they are written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./folders.ts";

/** Commands of a section of a page. @throws Error if it has none */
export function commandsOf(page: string, section: string): string[] {
  const sections = readFileSync(join(ROOT, "docs", page), "utf8").split(/^## /m);
  const text = sections.find((part) => part.startsWith(`${section}\n`)) ?? "";
  if (!text.includes("```sh")) throw new Error(`docs/${page} has no commands in ${section}`);
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)```/gm)].map(([, command = ""]) => command.trim());
}
