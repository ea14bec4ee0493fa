/** PostgreSQL fails over: the connection URL names the primary server and a standby, which is promoted under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { readSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { closePushes } from "../support/sync-pushes.ts";
import { expectFailover } from "./failing-over.ts";
import { Patroni } from "./patroni.ts";
import { TestPostgres } from "./postgres.ts";
import { Standby } from "./standby.ts";

/** Time between the fault and the promotion. */
const OUTAGE_MS = 3_000;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(closePushes);

/** Starts both servers. With synchronous replication no commit is confirmed that the standby does not have. */
async function startPair() {
  const primary = new TestPostgres();
  closers.push(async () => {
    primary.thaw();
    await primary.stop();
  });
  await primary.start();
  await primary.sql("CREATE DATABASE gateway", "postgres");
  const standby = new Standby(primary);
  closers.push(() => standby.stop());
  await standby.start();
  await primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'", "postgres");
  await primary.sql("SELECT pg_reload_conf()", "postgres");
  const hosts = encodeURIComponent(`${standby.folder},${primary.folder}`);
  return {
    primary,
    standby,
    url: `postgresql:///gateway?user=gateway&host=${hosts}&target_session_attrs=read-write`,
  };
}

describe("PostgreSQL", () => {
  test.each<[string, (primary: TestPostgres) => unknown]>([
    ["killed", (primary) => primary.kill()],
    ["stopped for a switchover", (primary) => primary.stop()],
    ["frozen", (primary) => primary.freeze()],
  ])(
    "its primary server %s, a standby promoted: pulls go on, and all is back in 3 s",
    async (fault, happen) => {
      const { primary, standby, url } = await startPair();
      await expectFailover(closers, {
        url,
        fault: `its primary server ${fault}, its standby promoted ${OUTAGE_MS / 1000} s later, both in db_connection_string`,
        happen: async () => {
          await happen(primary);
          await sleep(OUTAGE_MS);
          await standby.promote();
        },
        promoted: async () => standby.url(),
      });
    },
  );

  test.each<[string, (patroni: Patroni) => Promise<unknown>]>([
    ["has died", (patroni) => patroni.killLeader()],
    ["is switched over by hand", (patroni) => patroni.switchOver()],
  ])(
    "whose leader %s fails over by Patroni: pulls go on, and all is back in 3 s",
    async (fault, happen) => {
      const patroni = await Patroni.start();
      closers.push(() => patroni.stop());
      await expectFailover(closers, {
        url: patroni.url,
        fault: `its leader ${fault}, Patroni promotes the other one, both in db_connection_string`,
        happen: async () => {
          const before = await patroni.leader();
          await happen(patroni);
          await patroni.hasLeaderOtherThan(before);
        },
        promoted: () => patroni.leaderUrl(),
      });
    },
    180_000,
  );

  test("without a host that accepts writes, check and migrate say so of each, and use the promoted one", async () => {
    const { primary, standby, url } = await startPair();
    const settings = writeSettings({
      ...settingsFor("https://localhost:1", "https://localhost:1", url, `${standby.folder}.sock`),
      listen: ["http://127.0.0.1:0"],
      db_start_timeout: 1,
    });
    const migrate = async () => {
      const { ended, said } = startCommand("migrate", "--config", settings);
      return { code: await ended, text: said() };
    };
    const checked = async () =>
      (await check(readSettings(settings, {}))).find(({ subject }) => subject === "PostgreSQL");
    expect(await migrate()).toMatchObject({ code: 0 });
    expect(await checked()).toMatchObject({ level: "ok" });
    await primary.kill();
    const says = new RegExp(`none of the hosts accepts writes .*${standby.folder} is a read-only standby`);
    expect(await checked()).toMatchObject({
      level: "error",
      text: expect.stringMatching(says),
      advice: expect.stringContaining("promote a standby"),
    });
    expect(await migrate()).toMatchObject({ code: 1, text: expect.stringMatching(says) });
    await standby.promote();
    expect(await checked()).toMatchObject({ level: "ok" });
    expect(await migrate()).toMatchObject({ code: 0 });
  });
});
