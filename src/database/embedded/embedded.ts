/**
 * A PostgreSQL of the gateway's own, from the npm packages that carry its programs: for the demo, the tests and small
 * sites. It listens on a unix socket in its data directory and nowhere else, and lets in the account that runs the
 * gateway and nobody else.
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

const execute = promisify(execFile);
/** A unix socket's path has 107 bytes at most; its folder and the name that PostgreSQL gives it take 16 of them. */
const MAX_PATH_BYTES = 90;
const SOCKET = ".s.PGSQL.5432";
/** Writes a file whole or not at all. */
const WRITE = 'umask 077 && printf %s "$1" >"$2.new" && mv "$2.new" "$2"';
/** Milliseconds from one look whether it is still there to the next. */
const CHECK_INTERVAL_MS = 1_000;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The server of a data directory. */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  readonly #programs: string;
  readonly #account: Account | undefined;
  readonly #stopped = new AbortController();
  #keeping: Promise<void> = Promise.resolve();

  private constructor(dataDir: string, programs: string, account: Account | undefined) {
    this.#dataDir = dataDir;
    this.#programs = programs;
    this.#account = account;
  }

  /**
   * Finds the programs, and makes the directory if it isn't there, or closes it to other accounts.
   * @throws StartupError that says what is wrong with the directory or the machine
   */
  static async at(dataDir: string): Promise<EmbeddedPostgres> {
    if (Buffer.byteLength(dataDir) > MAX_PATH_BYTES) {
      throw new StartupError(
        `data_dir is too long for a unix socket (${MAX_PATH_BYTES} bytes at most): ${dataDir}`,
      );
    }
    const account = accountForRoot();
    await closeFolders(dataDir, account);
    const server = new EmbeddedPostgres(dataDir, await reachablePrograms(dataDir, account), account);
    await server.#make();
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

  /** Settings that no file in the data directory can change. */
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

  async #make(): Promise<void> {
    if (!existsSync(join(this.#cluster, "PG_VERSION"))) {
      const locale = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
      await this.#run("initdb", "-U", SUPERUSER, "-A", "peer", "-N", ...locale);
    }
    // Written by the server's account: root would follow links that it finds there.
    for (const [name, text] of authenticationFiles())
      await execute("/bin/sh", ["-c", WRITE, "sh", text, join(this.#cluster, name)], this.#options);
  }

  /** Whether it runs: one that outlived its gateway is still ours, and is used again. */
  async isRunning(): Promise<boolean> {
    return this.#run("pg_ctl", "status").then(
      () => true,
      () => false,
    );
  }

  /** @throws StartupError with what PostgreSQL said if it does not start */
  async start(): Promise<void> {
    const log = join(this.#cluster, "server.log");
    await this.#run("pg_ctl", "start", "-w", "-s", "-l", log, "-o", this.#pinned).catch(
      async (cause: unknown) => {
        const said = await readFile(log, "utf8").catch(() => "");
        const last = said.trim().split("\n").at(-1);
        throw new StartupError(`the embedded PostgreSQL does not start, see ${log}: ${last}`, { cause });
      },
    );
  }

  /**
   * Starts it unless it runs, and sets up the gateways' role. One that a version before has left running listens
   * elsewhere, and lets anybody in: it is started anew.
   * @returns whether it ran already
   * @throws StartupError with what PostgreSQL said if it does not start
   */
  async ensure(): Promise<boolean> {
    const ran = await this.isRunning();
    const open = ran && !existsSync(join(socketFolder(this.#dataDir), SOCKET));
    if (open) await this.#halt();
    if (!ran || open) {
      for (const name of [SOCKET, `${SOCKET}.lock`]) await rm(join(this.#dataDir, name), { force: true });
      await this.start();
    }
    await setUpRole((database) => this.connectionString(database, SUPERUSER));
    return ran;
  }

  async #halt(): Promise<void> {
    await this.#run("pg_ctl", "stop", "-w", "-s", "-m", "fast");
  }

  /** Starts it again whenever it has ended, until it is stopped. */
  keep(report: Report): void {
    this.#keeping = this.#lookAfter(report);
  }

  async #lookAfter(report: Report): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await sleep(CHECK_INTERVAL_MS, undefined, { ref: false, signal: this.#stopped.signal }).catch(
        () => undefined,
      );
      if (this.#stopped.signal.aborted || (await this.#isAlive()) || (await this.isRunning())) continue;
      await this.start().then(
        () => report("the embedded PostgreSQL had ended, and is started again"),
        (error: unknown) => report("the embedded PostgreSQL has ended", error),
      );
    }
  }

  /** The cheap way to look: no process is started. */
  async #isAlive(): Promise<boolean> {
    const file = await readFile(join(this.#cluster, "postmaster.pid"), "utf8").catch(() => "");
    try {
      return process.kill(Number.parseInt(file, 10), 0);
    } catch {
      return false;
    }
  }

  /** A libpq URL of a database on it, which need not exist yet. */
  connectionString(database: string, role: string = EMBEDDED_ROLE): string {
    return `postgresql:///${database}?user=${role}&host=${encodeURIComponent(socketFolder(this.#dataDir))}`;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#keeping;
    if (await this.isRunning()) await this.#halt();
  }
}

/**
 * The running server of a data directory, which is made if it isn't there.
 * @param report who is told when it has to be started again; nobody looks after it without
 * @throws StartupError that says what is wrong with the directory or the machine
 */
export async function startEmbeddedPostgres(dataDir: string, report?: Report): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.at(dataDir);
  await server.ensure();
  if (report !== undefined) server.keep(report);
  return server;
}
