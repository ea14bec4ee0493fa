/** PostgreSQL fails over: the connection URL names the primary server and a standby, which is promoted under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { readSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { closePushes, push, twoSyncs } from "../support/sync-pushes.ts";
import { PATIENCE } from "./load.ts";
import { TestPostgres } from "./postgres.ts";
import { startSite } from "./site.ts";
import { Standby } from "./standby.ts";
import { addRow } from "./table.ts";

/** Most time from the promotion until everything is as before. */
const MAX_RECOVERY_S = 3;
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

/** Sends syncs one after the other, each with one repository more. */
function startSyncs(https: string) {
  const base = ["public-app", "private-app", "other-app"].map((name) => ({
    repository: `org/${name}`,
    auth_required: name !== "public-app",
  }));
  const statuses: (number | undefined)[] = [];
  let confirmed = 0;
  let running = true;
  const ended = (async () => {
    for (let count = 1; running; count += 1) {
      const more = Array.from({ length: count }, (_, index) => ({
        repository: `org/synced-${index + 1}`,
        auth_required: true,
      }));
      const repository_list = { repositories: [...base, ...more] };
      const status = await push(https, "repository_list", { ...twoSyncs(1)[0], repository_list });
      statuses.push(status);
      if (status === 200) confirmed = count;
      await sleep(50);
    }
  })();
  return {
    statuses,
    /** Number of repositories in the last sync that was confirmed. */
    confirmed: () => confirmed,
    stop: async () => {
      running = false;
      await ended;
    },
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
      const site = await startSite({ database: url, settings: { workers: 2 } });
      closers.push(() => site.stop());
      const load = site.load(["known", "asked", "login"], { clients: 6 });
      const syncs = startSyncs(site.https);
      closers.push(load.stop, syncs.stop);
      await load.settled("login", 200);
      await eventually("syncs are confirmed", () => syncs.confirmed() >= 3);
      const away = performance.now();
      await happen(primary);
      await sleep(OUTAGE_MS);
      await standby.promote();
      const promoted = performance.now();
      await Promise.all([load.settled("asked", 404), load.settled("login", 200)]);
      const before = syncs.statuses.length;
      await eventually(
        "a sync is confirmed",
        () => syncs.statuses.slice(before).includes(200),
        MAX_RECOVERY_S,
      );
      const confirmed = syncs.confirmed();
      const workers = site.process.said().match(/"msg":"worker died/g) ?? [];
      await syncs.stop();
      const seen = await load.stop();
      expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
      const outage = { "503 Retry-After": expect.any(Number) };
      expect(seen.of("asked").answers).toEqual({ 404: expect.any(Number), ...outage });
      expect(seen.of("login").answers).toEqual({ 200: expect.any(Number), ...outage });
      expect(seen.slowest).toBeLessThan(PATIENCE / 3);
      expect(new Set(syncs.statuses)).toEqual(new Set([200, 503]));
      const seconds = Math.max(
        seen.of("asked").recovery(promoted, 404),
        seen.of("login").recovery(promoted, 200),
        seen.of("known").recovery(away, 200),
      );
      expect(seconds).toBeLessThan(MAX_RECOVERY_S);
      expect(workers).toEqual([]);
      expect(
        await query(standby.url(), "SELECT FROM repositories WHERE listed AND name = $1", [
          `org/synced-${confirmed}`,
        ]),
      ).toHaveLength(1);
      addRow({
        part: "PostgreSQL",
        fault: `its primary server ${fault}, its standby promoted ${OUTAGE_MS / 1000} s later, both in db_connection_string`,
        up: "what memory vouches for; every confirmed sync is there afterwards",
        saw: `${seen.texts}; slowest ${Math.round(seen.slowest)} ms`,
        seconds,
      });
    },
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
