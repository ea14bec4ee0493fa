/**
 * A PostgreSQL of the gateway's own, from the npm packages that carry its programs: for the demo, the tests and small
 * sites. It listens on a unix socket in its data directory and nowhere else.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Report } from "../breaker.ts";
import { StartError } from "../start-error.ts";
import { type Account, accountForRoot, reachablePrograms } from "./embedded-programs.ts";

const execute = promisify(execFile);
/** A unix socket's path has 107 bytes at most; the name that PostgreSQL gives it takes 16 of them. */
const LONGEST_FOLDER = 90;
/** The gateways' database on it. */
export const EMBEDDED_DATABASE = "container_gateway";
/** Milliseconds from one look whether it is still there to the next. */
const LOOK = 1_000;

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
   * Finds the programs, and makes the directory if it isn't there.
   * @throws StartError that says what is wrong with the directory or the machine
   */
  static async at(dataDir: string): Promise<EmbeddedPostgres> {
    if (Buffer.byteLength(dataDir) > LONGEST_FOLDER) {
      throw new StartError(
        `data_dir is too long for a unix socket (${LONGEST_FOLDER} bytes at most): ${dataDir}`,
      );
    }
    const account = accountForRoot();
    await mkdir(dataDir, { recursive: true });
    if (account !== undefined) await chown(dataDir, account.uid, account.gid);
    const server = new EmbeddedPostgres(dataDir, await reachablePrograms(dataDir, account), account);
    await server.#make();
    return server;
  }

  get #cluster(): string {
    return join(this.#dataDir, "postgresql");
  }

  #run(program: string, ...args: string[]) {
    const options = { cwd: "/", ...this.#account, env: { ...process.env, LC_ALL: "C" } };
    return execute(join(this.#programs, program), [...args, "-D", this.#cluster], options);
  }

  async #make(): Promise<void> {
    await mkdir(this.#cluster, { recursive: true, mode: 0o700 });
    if (this.#account !== undefined) await chown(this.#cluster, this.#account.uid, this.#account.gid);
    if (existsSync(join(this.#cluster, "PG_VERSION"))) return;
    const locale = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
    await this.#run("initdb", "-U", "gateway", "-A", "trust", "-N", ...locale);
    await writeFile(
      join(this.#cluster, "postgresql.auto.conf"),
      `listen_addresses = ''\nunix_socket_directories = '${this.#dataDir}'\n`,
    );
  }

  /** Whether it runs: one that outlived its gateway is still ours, and is used again. */
  async isRunning(): Promise<boolean> {
    return this.#run("pg_ctl", "status").then(
      () => true,
      () => false,
    );
  }

  /** @throws StartError with what PostgreSQL said if it does not start */
  async start(): Promise<void> {
    const log = join(this.#cluster, "server.log");
    await this.#run("pg_ctl", "start", "-w", "-s", "-l", log).catch(async (cause: unknown) => {
      const said = await readFile(log, "utf8").catch(() => "");
      const last = said.trim().split("\n").at(-1);
      throw new StartError(`the embedded PostgreSQL does not start, see ${log}: ${last}`, { cause });
    });
  }

  /** Starts it again whenever it has ended, until it is stopped. */
  keep(report: Report): void {
    this.#keeping = this.#lookAfter(report);
  }

  async #lookAfter(report: Report): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await sleep(LOOK, undefined, { ref: false, signal: this.#stopped.signal }).catch(() => undefined);
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
  connectionString(database: string): string {
    return `postgresql:///${database}?user=gateway&host=${encodeURIComponent(this.#dataDir)}`;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#keeping;
    if (await this.isRunning()) await this.#run("pg_ctl", "stop", "-w", "-s", "-m", "fast");
  }
}

/**
 * The running server of a data directory, which is made if it isn't there.
 * @param report who is told when it has to be started again; nobody looks after it without
 * @throws StartError that says what is wrong with the directory or the machine
 */
export async function startEmbeddedPostgres(dataDir: string, report?: Report): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.at(dataDir);
  if (!(await server.isRunning())) await server.start();
  if (report !== undefined) server.keep(report);
  return server;
}
