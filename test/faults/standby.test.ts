/** A streaming standby of a real PostgreSQL: what the commands say of it, and that its promotion is enough. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { readSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, testFolder, writeSettings } from "../support/gateway.ts";
import { account, TestPostgres } from "./postgres.ts";

const PROGRAMS = "/usr/lib/postgresql/15/bin";
/** Time in which a command must end. */
const MAX_END_MS = 5_000;

const primary = new TestPostgres();
const folder = join(testFolder(), "standby");
const data = join(folder, "data");
const url = `postgresql:///gateway?user=gateway&host=${encodeURIComponent(folder)}`;
let standby: ChildProcess | undefined;

const settingsWith = (database: string) =>
  writeSettings({
    ...settingsFor("https://localhost:1", "https://localhost:1", database, join(folder, "gateway.sock")),
    listen: ["http://127.0.0.1:0"],
  });
const findingsOf = async (database: string) =>
  (await check(readSettings(settingsWith(database), {}))).filter(({ subject }) => subject === "PostgreSQL");

beforeAll(async () => {
  await primary.start();
  await primary.sql("CREATE DATABASE gateway", "postgres");
  expect(await startCommand("migrate", "--config", settingsWith(primary.url())).ended).toBe(0);
  mkdirSync(folder);
  const run = { cwd: "/", ...account(), stdio: "ignore" } as const;
  chownSync(folder, run.uid, run.gid);
  const from = ["-h", primary.folder, "-U", "gateway", "--write-recovery-conf", "--checkpoint", "fast"];
  execFileSync(join(PROGRAMS, "pg_basebackup"), ["-D", data, ...from], run);
  standby = spawn(join(PROGRAMS, "postgres"), ["-D", data, "-k", folder], run);
  await eventually(
    "the standby streams",
    async () => {
      const [sender] = await primary.sql(
        "SELECT FROM pg_stat_replication WHERE state = 'streaming'",
        "postgres",
      );
      const isOpen = await query(url, "SELECT 1").then(
        () => true,
        () => false,
      );
      return sender !== undefined && isOpen;
    },
    30,
  );
}, 60_000);
afterAll(async () => {
  if (standby !== undefined) {
    const ended = once(standby, "exit");
    standby.kill("SIGINT");
    await ended;
  }
  await primary.stop();
});

describe("a streaming standby", () => {
  test("is an error of check, which names the primary server as the remedy", async () => {
    expect(await findingsOf(url)).toMatchObject([
      {
        level: "error",
        setting: "db_connection_string",
        text: expect.stringContaining("is a read-only standby"),
        advice: "set db_connection_string to the primary server",
      },
    ]);
  });

  test.each(["serve", "migrate"])("ends %s with the same words, and without a wait", async (command) => {
    const start = performance.now();
    const { ended, said } = startCommand(command, "--config", settingsWith(url));
    expect(await ended).toBe(1);
    expect(performance.now() - start).toBeLessThan(MAX_END_MS);
    expect(said()).toContain("is a read-only standby: set db_connection_string to the primary server");
  });

  test("is accepted once it has been promoted", async () => {
    await query(url, "SELECT pg_promote()");
    expect(await findingsOf(url)).toMatchObject([{ level: "ok" }]);
  });
});
