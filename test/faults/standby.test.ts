/** A streaming standby of a real PostgreSQL: what the commands say of it, and that its promotion is enough. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { readSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { TestPostgres } from "./postgres.ts";
import { Standby } from "./standby.ts";

/** Time in which a command must end. */
const MAX_END_MS = 5_000;

const primary = new TestPostgres();
const standby = new Standby(primary);
const url = standby.url();

const settingsWith = (database: string) =>
  writeSettings({
    ...settingsFor("https://localhost:1", "https://localhost:1", database, `${standby.folder}.gateway.sock`),
    listen: ["http://127.0.0.1:0"],
  });
const findingsOf = async (database: string) =>
  (await check(readSettings(settingsWith(database), {}))).filter(({ subject }) => subject === "PostgreSQL");

beforeAll(async () => {
  await primary.start();
  await primary.sql("CREATE DATABASE gateway", "postgres");
  expect(await startCommand("migrate", "--config", settingsWith(primary.url())).ended).toBe(0);
  await standby.start();
}, 60_000);
afterAll(async () => {
  await standby.stop();
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
    await standby.promote();
    expect(await findingsOf(url)).toMatchObject([{ level: "ok" }]);
  });
});
