/** Files of a folder: found, given one time, packed. */
import { chmodSync, closeSync, lstatSync, lutimesSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

/** Returns the paths of a folder and all that is in it, children first. */
export function pathsIn(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const below = inside.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pathsIn(path) : [path];
  });
  return [...below, folder];
}

/** True for a script that names its interpreter. */
function isProgram(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(2);
    return readSync(file, start) === 2 && start.toString("latin1") === "#!";
  } finally {
    closeSync(file);
  }
}

/** Gives every file one time and the usual permissions, so that packages made from them are the same everywhere. */
export function normalize(folder: string, time_s: number): void {
  for (const path of pathsIn(folder)) {
    const stat = lstatSync(path);
    if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() || isProgram(path) ? 0o755 : 0o644);
    lutimesSync(path, time_s, time_s);
  }
}
