/** Debian's PostgreSQL for one test, to be restarted, killed, frozen and limited. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../src/model/error-text.ts";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";

/** Folder of its programs. */
export const PROGRAMS = "/usr/lib/postgresql/15/bin";

/** The account of PostgreSQL, which can't run as root. */
export function account(): { uid: number; gid: number } {
  if (!existsSync(PROGRAMS)) throw new Error("PostgreSQL 15 is missing: apt-get install postgresql");
  if (process.getuid?.() !== 0) throw new Error("these tests freeze and starve processes: run them as root");
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith("postgres:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** Options that differ from Debian's. */
export interface PostgresOptions {
  /** An empty folder for its data; a new one by default. */
  readonly folder?: string;
  /** Lines for postgresql.conf. */
  readonly settings?: readonly string[];
}

/** Processes by the id of their parent, from /proc. */
function childrenOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const [, rest = ""] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ");
      return Number(rest.split(" ")[1]) === parent ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

export class TestPostgres {
  readonly #folder: string;
  #server: ChildProcess | undefined;

  constructor({ folder, settings = [] }: PostgresOptions = {}) {
    this.#folder = folder ?? join(testFolder(), `pg-${randomBytes(4).toString("hex")}`);
    const run = { cwd: "/", ...account(), stdio: "ignore" } as const;
    mkdirSync(this.#folder, { recursive: true });
    chownSync(this.#folder, run.uid, run.gid);
    const options = [
      "-U",
      "gateway",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "-N",
      "--wal-segsize=1",
    ];
    execFileSync(join(PROGRAMS, "initdb"), ["-D", this.data, ...options], run);
    this.configure(
      "listen_addresses = ''",
      `unix_socket_directories = '${this.#folder}'`,
      "shared_buffers = 16MB",
      ...settings,
    );
  }

  get data(): string {
    return join(this.#folder, "data");
  }

  /** The folder of its socket. */
  get folder(): string {
    return this.#folder;
  }

  /** A libpq URL. @param more parameters, each after an ampersand */
  url(database = "gateway", more = ""): string {
    return `postgresql:///${database}?user=gateway&host=${encodeURIComponent(this.#folder)}${more}`;
  }

  /** Adds lines to postgresql.conf, for the next startup. */
  configure(...lines: readonly string[]): void {
    appendFileSync(join(this.data, "postgresql.conf"), `${lines.join("\n")}\n`);
  }

  /** Starts it, repeatedly while remains of the previous server are in the way, and waits until it replies. */
  async start(): Promise<void> {
    await eventually(
      "PostgreSQL starts",
      async () => {
        if (
          this.#server === undefined ||
          this.#server.exitCode !== null ||
          this.#server.signalCode !== null
        ) {
          this.#server = spawn(join(PROGRAMS, "postgres"), ["-D", this.data], {
            cwd: "/",
            ...account(),
            stdio: ["ignore", "ignore", "ignore"],
          });
        }
        return query(this.url("postgres"), "SELECT 1").then(
          () => true,
          () => false,
        );
      },
      30,
    );
  }

  /** Runs SQL. */
  sql<Row extends Record<string, unknown>>(text: string, database?: string): Promise<Row[]> {
    return query<Row>(this.url(database), text);
  }

  /** Stops it as a restart does, and terminates its connections. */
  stop(): Promise<void> {
    return this.#end("SIGINT");
  }

  /** Kills it. Its other processes exit when they notice. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Freezes all its processes. */
  freeze(): void {
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#server?.pid;
    if (pid === undefined) return;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, signal);
      } catch (error) {
        // It has exited in the meantime.
        if (errorCode(error) !== "ESRCH") throw error;
      }
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    const children = childrenOf(server.pid ?? 0);
    server.kill(signal);
    await ended;
    await eventually("its other processes end", () => !children.some((pid) => existsSync(`/proc/${pid}`)));
  }
}
