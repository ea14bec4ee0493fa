/** Commands of a how-to page, with what its reader sees. */
import { readFileSync } from "node:fs";

/** One command of a page. */
export interface PageCommand {
  readonly page: string;
  readonly command: string;
  /** Lines that the page shows below it; `...` stands for anything. */
  readonly shown: readonly string[];
}

const BLOCK = /^( *)```sh\n([\s\S]*?)^ *```\n(?:(?:\n| *[^\n`]*\n)?\n? *```text\n([\s\S]*?)^ *```\n)?/gm;

const unindented = (text: string, indent: string): string =>
  text.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd();

/** Reads the commands of a page in `docs`. */
export function commandsOf(page: string): PageCommand[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  return [...text.matchAll(BLOCK)].map(([, indent = "", command = "", shown = ""]) => ({
    page,
    command: unindented(command, indent),
    shown: unindented(shown, indent)
      .split("\n")
      .filter((line) => line !== "" && line !== "..."),
  }));
}

/** Commands that the machine of the tests can't run: there are no images to pull. */
export const CANNOT_RUN = /^podman (?:login|pull)/;
