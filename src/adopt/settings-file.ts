/** The settings file that an adoption writes. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";
import type { TranslatedSetting } from "./translation.ts";

/** First line of the file. A file without it was written by hand, and is kept beside the new one. */
const MARK = "# Written by `container-gateway adopt`";

/** Everybody else must not read the password of the database. */
const FILE_MODE = 0o640;

/** Owner of a file by ids of the system. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Formats the settings, each below a comment with its origin. */
export function formatSettings(settings: readonly TranslatedSetting[]): string {
  const blocks = settings.map(
    ({ key, value, origin }) =>
      `# ${origin}\n${stringify({ [key]: value }, { lineWidth: 0, flowCollectionPadding: false, collectionStyle: "any" })}`,
  );
  return `${MARK}. docs/settings.md describes all settings.\n\n${blocks.join("\n")}`;
}

/** True if the file has this text. */
export const isWritten = (path: string, text: string): boolean =>
  existsSync(path) && readFileSync(path, "utf8") === text;

/**
 * Writes the file atomically, readable for its owner and group alone.
 * @returns the path to which a file that was written by hand has been moved
 */
export function writeSettingsFile(path: string, text: string, owner: Owner | undefined): string | undefined {
  mkdirSync(dirname(path), { recursive: true });
  const isOther = existsSync(path) && !readFileSync(path, "utf8").startsWith(MARK);
  const kept = isOther ? `${path}.before-adopt` : undefined;
  if (kept !== undefined) renameSync(path, kept);
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: FILE_MODE });
  chmodSync(temporary, FILE_MODE);
  if (owner !== undefined) chownSync(temporary, owner.uid, owner.gid);
  renameSync(temporary, path);
  return kept;
}
