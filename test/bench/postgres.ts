/** PostgreSQL servers for benches. */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { SUPERUSER } from "../../src/database/embedded/roles.ts";

/** A server that runs for one bench. */
export interface BenchPostgres {
  readonly name: string;
  connectionString(database: string): string;
  stop(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql/15/bin";

/** Debian's PostgreSQL with its default settings, if it is installed. */
export async function startDebian(folder: string): Promise<BenchPostgres | undefined> {
  if (!existsSync(DEBIAN) || process.getuid?.() !== 0) return undefined;
  const account = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((line) => line.startsWith("postgres:"));
  const [, , uid = "0", gid = "0"] = account?.split(":") ?? [];
  const run = { cwd: "/", uid: Number(uid), gid: Number(gid), stdio: "ignore" } as const;
  mkdirSync(folder, { recursive: true });
  chownSync(folder, run.uid, run.gid);
  const data = join(folder, "data");
  execFileSync(
    join(DEBIAN, "initdb"),
    ["-D", data, "-U", "gateway", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
    run,
  );
  const options = `-c listen_addresses= -c unix_socket_directories=${folder}`;
  execFileSync(
    join(DEBIAN, "pg_ctl"),
    ["start", "-w", "-D", data, "-o", options, "-l", join(folder, "log")],
    run,
  );
  return {
    name: "PostgreSQL 15 of Debian",
    connectionString: (database) =>
      `postgresql:///${database}?user=gateway&host=${encodeURIComponent(folder)}`,
    stop: async () => {
      execFileSync(join(DEBIAN, "pg_ctl"), ["stop", "-w", "-m", "fast", "-D", data], run);
    },
  };
}

/** The embedded PostgreSQL. */
export async function startOwn(folder: string): Promise<BenchPostgres> {
  const postgres = await startEmbeddedPostgres(folder);
  return {
    name: "the embedded PostgreSQL 18",
    connectionString: (database) => postgres.connectionString(database, SUPERUSER),
    stop: () => postgres.stop(),
  };
}
