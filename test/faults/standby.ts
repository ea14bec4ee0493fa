/** A streaming standby of a PostgreSQL of the tests. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { account, PROGRAMS, type TestPostgres } from "./postgres.ts";

export class Standby {
  /** Folder of its socket. */
  readonly folder = join(testFolder(), `standby-${randomBytes(4).toString("hex")}`);
  readonly #primary: TestPostgres;
  #server: ChildProcess | undefined;

  constructor(primary: TestPostgres) {
    this.#primary = primary;
  }

  /** A libpq URL. */
  url(database = "gateway"): string {
    return `postgresql:///${database}?user=gateway&host=${encodeURIComponent(this.folder)}`;
  }

  /** Copies the primary server, and waits until the standby streams from it and can be queried. */
  async start(): Promise<void> {
    const data = join(this.folder, "data");
    mkdirSync(this.folder);
    const run = { cwd: "/", ...account(), stdio: "ignore" } as const;
    chownSync(this.folder, run.uid, run.gid);
    const from = [
      "-h",
      this.#primary.folder,
      "-U",
      "gateway",
      "--write-recovery-conf",
      "--checkpoint",
      "fast",
    ];
    execFileSync(join(PROGRAMS, "pg_basebackup"), ["-D", data, ...from], run);
    this.#server = spawn(join(PROGRAMS, "postgres"), ["-D", data, "-k", this.folder], run);
    await eventually(
      "the standby streams",
      async () => {
        const [sender] = await this.#primary.sql(
          "SELECT FROM pg_stat_replication WHERE state = 'streaming'",
          "postgres",
        );
        const isOpen = await query(this.url(), "SELECT 1").then(
          () => true,
          () => false,
        );
        return sender !== undefined && isOpen;
      },
      30,
    );
  }

  /** Makes it a primary server, and waits until it accepts writes. */
  async promote(): Promise<void> {
    await query(this.url(), "SELECT pg_promote()");
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }
}
