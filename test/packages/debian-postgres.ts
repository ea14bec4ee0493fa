/** The PostgreSQL that is installed in a Debian, as root starts it there, without a TCP port. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Debian } from "./debian.ts";

const SOCKETS = "/var/run/postgresql";

/** A server with one database, whose owner has its name. */
export interface DebianPostgres {
  /** For programs in the Debian. */
  readonly connectionString: string;
  /** Runs statements as the owner. */
  run(statements: string): Promise<void>;
  stop(): Promise<void>;
}

/** Version of the server: each has its own folder. */
const versionOf = (debian: Debian): string => readdirSync(join(debian.folder, "etc/postgresql"))[0] ?? "";

/** Starts the server as it is installed. @returns a function that stops it */
export async function startPostgres(debian: Debian): Promise<() => Promise<void>> {
  const cluster = [versionOf(debian), "main"];
  await debian.must("pg_ctlcluster", ...cluster, "start", "--", "-o", "-c listen_addresses=''");
  return async () => {
    await debian.must("pg_ctlcluster", ...cluster, "stop");
  };
}

/** Starts the server, and makes the database and its owner. */
export async function startDebianPostgres(debian: Debian, database: string): Promise<DebianPostgres> {
  const access = `/etc/postgresql/${versionOf(debian)}/main/pg_hba.conf`;
  await debian.must("sed", "-i", `1i local ${database} ${database} trust`, access);
  const stop = await startPostgres(debian);
  const asPostgres = ["runuser", "-u", "postgres", "--"];
  await debian.must(...asPostgres, "createuser", database);
  await debian.must(...asPostgres, "createdb", `--owner=${database}`, database);
  return {
    connectionString: `postgresql:///${database}?user=${database}&host=${encodeURIComponent(SOCKETS)}`,
    run: async (statements) => {
      await debian.must("psql", "-U", database, "-d", database, "-v", "ON_ERROR_STOP=1", "-c", statements);
    },
    stop,
  };
}
