/** Watches files that are replaced in operation, such as certificates. */
import { type Stats, unwatchFile, watchFile } from "node:fs";
import type { Settings } from "../settings/keys.ts";
import { allFiles } from "../settings/values.ts";

/** Interval between two looks at a file. Certificates are renewed every few weeks. */
const INTERVAL_MS = 5_000;
/** Time for which further changes are waited for: a certificate and its key are two files. */
const SETTLE_MS = 2_000;

/** Paths of all files with certificates and keys in the settings. */
export const pemFilesOf = (settings: Settings): string[] => [
  ...new Set(
    Object.values(settings).flatMap((value) =>
      typeof value === "object" && value !== null && "path" in value && "text" in value
        ? allFiles(value).map(({ path }) => path)
        : [],
    ),
  ),
];

/** Calls `onChange` after any of the files has changed. @returns a function that ends it */
export function watchFiles(paths: readonly string[], onChange: (path: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const changed = (path: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => onChange(path), SETTLE_MS).unref();
  };
  const endings = paths.map((path) => {
    const listener = (now: Stats, before: Stats) => {
      // A file that is missing for a moment is about to be replaced.
      if (now.mtimeMs !== before.mtimeMs && now.size > 0) changed(path);
    };
    watchFile(path, { interval: INTERVAL_MS, persistent: false }, listener);
    return () => unwatchFile(path, listener);
  });
  return () => {
    clearTimeout(timer);
    for (const end of endings) end();
  };
}
