/** PostgreSQL programs of the machine's own packages, for a gateway that was installed without the npm package. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders of versions, as Debian and the PostgreSQL project name them, and the one of Enterprise Linux. */
const VERSIONED = [
  { folder: "/usr/lib/postgresql", prefix: "", programs: "bin" },
  { folder: "/usr", prefix: "pgsql-", programs: "bin" },
];
const UNVERSIONED = "/usr/bin";
/** First version whose initdb has the builtin locale. */
const MIN_BUILTIN_LOCALE_VERSION = 17;

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Returns the folder of the newest installed programs; undefined if there are none. */
export function systemPrograms(): string | undefined {
  const versions = VERSIONED.flatMap(({ folder, prefix, programs }) =>
    namesIn(folder)
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => ({
        major: Number(name.slice(prefix.length)),
        path: join(folder, name, programs),
      })),
  );
  const newest = versions.toSorted((a, b) => b.major - a.major).map(({ path }) => path);
  return [...newest, UNVERSIONED].find((path) => existsSync(join(path, "initdb")));
}

/** Returns the locale options of initdb. Older versions have C.UTF-8 from the C library alone. */
export const localeOptions = (version: string): readonly string[] =>
  Number(/\d+/.exec(version)?.[0] ?? MIN_BUILTIN_LOCALE_VERSION) >= MIN_BUILTIN_LOCALE_VERSION
    ? ["--locale-provider=builtin", "--locale=C.UTF-8"]
    : ["--locale=C.UTF-8"];
