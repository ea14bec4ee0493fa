/** The version in every file that names it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Text that a release changes, and its replacement. */
interface Change {
  readonly file: string;
  readonly pattern: RegExp;
  readonly text: string;
}

const changesTo = (version: string, day: string): readonly Change[] => [
  { file: "package.json", pattern: /^ {2}"version": ".*",$/m, text: `  "version": "${version}",` },
  {
    file: "package-lock.json",
    pattern: /^\{\n {2}"name": "container-gateway",\n {2}"version": ".*",/,
    text: `{\n  "name": "container-gateway",\n  "version": "${version}",`,
  },
  {
    file: "package-lock.json",
    pattern: /^ {6}"name": "container-gateway",\n {6}"version": ".*",/m,
    text: `      "name": "container-gateway",\n      "version": "${version}",`,
  },
  {
    file: "package-lock.json",
    pattern: /^ {6}"name": "container-gateway-client",\n {6}"version": ".*",/m,
    text: `      "name": "container-gateway-client",\n      "version": "${version}",`,
  },
  {
    file: "clients/typescript/package.json",
    pattern: /^ {2}"version": ".*",$/m,
    text: `  "version": "${version}",`,
  },
  { file: "openapi.yaml", pattern: /^ {2}version: .*$/m, text: `  version: ${version}` },
  {
    file: "CHANGELOG.md",
    pattern: /^## \[Unreleased\]$/m,
    text: `## [Unreleased]\n\n## [${version}] - ${day}`,
  },
];

/** Sets the version. @throws Error if a file does not name it where it is expected; then none is changed */
export function setVersion(root: string, version: string, day: string): void {
  const texts = new Map<string, string>();
  for (const { file, pattern, text } of changesTo(version, day)) {
    const before = texts.get(file) ?? readFileSync(join(root, file), "utf8");
    if (!pattern.test(before)) throw new Error(`${file} has no line for the version: ${pattern.source}`);
    texts.set(file, before.replace(pattern, text));
  }
  for (const [file, text] of texts) writeFileSync(join(root, file), text);
}
