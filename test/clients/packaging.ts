/** The files of `packaging/`, with a test's ports, names and certificates in the place of the ones written there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGING = fileURLToPath(new URL("../../packaging/", import.meta.url));

/** The path of a file in `packaging/`. */
export const packagingPath = (name: string): string => `${PACKAGING}${name}`;

/** A file's text with each key replaced by its value. @throws Error for a key that isn't there */
export function packaged(name: string, replacements: Readonly<Record<string, string>>): string {
  let text = readFileSync(packagingPath(name), "utf8").replace(/^#.*\n/gm, "");
  for (const [there, here] of Object.entries(replacements)) {
    if (!text.includes(there)) throw new Error(`${name} has no ${there}`);
    text = text.replaceAll(there, here);
  }
  return text;
}
