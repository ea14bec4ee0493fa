/**
 * Embedded PostgreSQL for the demo, the tests and small sites. Its programs come from npm packages, or from the machine's. It
 * listens only on a unix socket in the data directory, and accepts only the account that runs the gateway.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { StartupError } from "../../model/startup-error.ts";
import type { Report } from "../../resilience/circuit-breaker.ts";
import { closeFolders, clusterFolder, socketFolder } from "./folders.ts";
import { type Account, accountForRoot, reachablePrograms } from "./programs.ts";
import { authenticationFiles, EMBEDDED_ROLE, SUPERUSER, setUpRole } from "./roles.ts";
import { localeOptions } from "./system-programs.ts";

const execute = promisify(execFile);
/** The path of a unix socket has at most 107 bytes; its folder and its name take 16 of them. */
export const MAX_PATH_BYTES = 90;
const SOCKET = ".s.PGSQL.5432";
/** Writes a file atomically. */
const WRITE = 'umask 077 && printf %s "$1" >"$2.new" && mv "$2.new" "$2"';
/** Interval between two checks that the server is running. */
const CHECK_INTERVAL_MS = 1_000;

/** Returns the libpq URL of a database of the server of a data directory, neither of which need exist yet. */
export const embeddedUrl = (dataDir: string, database: string, role: string = EMBEDDED_ROLE): string =>
  `postgresql:///${database}?user=${role}&host=${encodeURIComponent(socketFolder(dataDir))}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The server of a data directory. */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  readonly #programs: string;
  readonly #account: Account | undefined;
  readonly #stopped = new AbortController();
  #supervision: Promise<void> = Promise.resolve();

  private constructor(dataDir: string, programs: string, account: Account | undefined) {
    this.#dataDir = dataDir;
    this.#programs = programs;
    this.#account = account;
  }

  /**
   * Finds the programs, and creates the data directory or closes it to other accounts.
   * @throws StartupError if the directory or the machine can't be used
   */
  static async at(dataDir: string): Promise<EmbeddedPostgres> {
    if (Buffer.byteLength(dataDir) > MAX_PATH_BYTES) {
      throw new StartupError(
        `data_dir is too long for a unix socket (at most ${MAX_PATH_BYTES} bytes): ${dataDir}`,
      );
    }
    const account = accountForRoot();
    await closeFolders(dataDir, account);
    const server = new EmbeddedPostgres(dataDir, await reachablePrograms(dataDir, account), account);
    await server.#initialize();
    return server;
  }

  get #cluster(): string {
    return clusterFolder(this.#dataDir);
  }

  get #options() {
    return { cwd: "/", ...this.#account, env: { ...process.env, LC_ALL: "C" } };
  }

  #run(program: string, ...args: string[]) {
    return execute(join(this.#programs, program), [...args, "-D", this.#cluster], this.#options);
  }

  /** Settings on the command line, which no file in the data directory can override. */
  get #pinned(): string {
    const settings = {
      listen_addresses: "",
      unix_socket_directories: `"${socketFolder(this.#dataDir).replaceAll('"', '""')}"`,
      unix_socket_permissions: "0700",
      hba_file: join(this.#cluster, "pg_hba.conf"),
      ident_file: join(this.#cluster, "pg_ident.conf"),
    };
    return Object.entries(settings)
      .map(([name, value]) => `-c ${quoted(`${name}=${value}`)}`)
      .join(" ");
  }

  async #initialize(): Promise<void> {
    if (!existsSync(join(this.#cluster, "PG_VERSION"))) {
      const { stdout } = await execute(join(this.#programs, "postgres"), ["--version"], this.#options);
      const locale = ["-E", "UTF8", ...localeOptions(stdout)];
      await this.#run("initdb", "-U", SUPERUSER, "-A", "peer", "-N", ...locale);
    }
    // Written as the server's account, because root would follow symbolic links in its directory.
    for (const [name, text] of authenticationFiles())
      await execute("/bin/sh", ["-c", WRITE, "sh", text, join(this.#cluster, name)], this.#options);
  }

  /** Resolves to true if the server is running, also if a previous gateway process started it. */
  async isRunning(): Promise<boolean> {
    return this.#run("pg_ctl", "status").then(
      () => true,
      () => false,
    );
  }

  /** @throws StartupError with PostgreSQL's message if it does not start */
  async start(): Promise<void> {
    const log = join(this.#cluster, "server.log");
    await this.#run("pg_ctl", "start", "-w", "-s", "-l", log, "-o", this.#pinned).catch(
      async (cause: unknown) => {
        const lines = await readFile(log, "utf8").catch(() => "");
        const last = lines.trim().split("\n").at(-1);
        throw new StartupError(`the embedded PostgreSQL does not start, see ${log}: ${last}`, { cause });
      },
    );
  }

  /**
   * Starts the server unless it is running, and sets up the gateways' role. A server that was started by an older version
   * is restarted, because it listens elsewhere and accepts any account.
   * @returns true if it was running already
   * @throws StartupError with PostgreSQL's message if it does not start
   */
  async ensure(): Promise<boolean> {
    const wasRunning = await this.isRunning();
    const isOutdated = wasRunning && !existsSync(join(socketFolder(this.#dataDir), SOCKET));
    if (isOutdated) await this.#halt();
    if (!wasRunning || isOutdated) {
      for (const name of [SOCKET, `${SOCKET}.lock`]) await rm(join(this.#dataDir, name), { force: true });
      await this.start();
    }
    await setUpRole((database) => this.connectionString(database, SUPERUSER));
    return wasRunning;
  }

  async #halt(): Promise<void> {
    await this.#run("pg_ctl", "stop", "-w", "-s", "-m", "fast");
  }

  /** Restarts the server whenever it exits, until `stop` is called. */
  supervise(report: Report): void {
    this.#supervision = this.#superviseUntilStopped(report);
  }

  async #superviseUntilStopped(report: Report): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await sleep(CHECK_INTERVAL_MS, undefined, { ref: false, signal: this.#stopped.signal }).catch(
        () => undefined,
      );
      if (this.#stopped.signal.aborted || (await this.#isAlive()) || (await this.isRunning())) continue;
      await this.start().then(
        () => report("embedded PostgreSQL restarted after it had exited"),
        (error: unknown) => report("embedded PostgreSQL exited and does not start again", error),
      );
    }
  }

  /** Checks the process without starting another one. */
  async #isAlive(): Promise<boolean> {
    const file = await readFile(join(this.#cluster, "postmaster.pid"), "utf8").catch(() => "");
    try {
      return process.kill(Number.parseInt(file, 10), 0);
    } catch {
      return false;
    }
  }

  /** Returns the libpq URL of a database, which need not exist yet. */
  connectionString(database: string, role: string = EMBEDDED_ROLE): string {
    return embeddedUrl(this.#dataDir, database, role);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#supervision;
    if (await this.isRunning()) await this.#halt();
  }
}

/**
 * Starts the server of a data directory, and creates the directory if it does not exist.
 * @param report called at each restart; without it the server is not restarted
 * @throws StartupError if the directory or the machine can't be used
 */
export async function startEmbeddedPostgres(dataDir: string, report?: Report): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.at(dataDir);
  await server.ensure();
  if (report !== undefined) server.supervise(report);
  return server;
}
