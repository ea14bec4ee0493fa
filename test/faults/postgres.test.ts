import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { freePorts } from "../pulp/ports.ts";
import { callAt } from "../support/calls.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { closePushes } from "../support/sync-pushes.ts";
import { PATIENCE, type Seen } from "./load.ts";
import { account, type PostgresOptions, TestPostgres } from "./postgres.ts";
import { pushOfMany } from "./pushes.ts";
import { type Site, type SiteOptions, startSite, syncTo } from "./site.ts";
import { addRow } from "./table.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(closePushes);

async function startPostgres(options?: PostgresOptions): Promise<TestPostgres> {
  const postgres = new TestPostgres(options);
  closers.push(async () => {
    postgres.thaw();
    await postgres.stop();
  });
  await postgres.start();
  return postgres;
}

async function siteOn(database: string, options: Omit<SiteOptions, "database"> = {}): Promise<Site> {
  const site = await startSite({ database, ...options });
  closers.push(() => site.stop());
  return site;
}

/** Expects that no client waited long for an unavailable database. */
const expectNoWait = (seen: Seen) => expect(seen.slowest).toBeLessThan(PATIENCE / 3);

/** Expects that cached requests succeeded, and that others got 503 with `Retry-After` without a long wait. */
function expectOutage(seen: Seen): void {
  expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
  expect(seen.of("asked").answers).toEqual({
    404: expect.any(Number),
    "503 Retry-After": expect.any(Number),
  });
  expectNoWait(seen);
}

describe("PostgreSQL", () => {
  test.each<[string, (postgres: TestPostgres) => Promise<void>]>([
    [
      "restarted",
      async (postgres) => {
        await postgres.stop();
        await postgres.start();
      },
    ],
    [
      "killed (SIGKILL), away for 5 s",
      async (postgres) => {
        await postgres.kill();
        await sleep(5_000);
        await postgres.start();
      },
    ],
    [
      "frozen (SIGSTOP) for 30 s",
      async (postgres) => {
        postgres.freeze();
        await sleep(30_000);
        postgres.thaw();
      },
    ],
  ])("%s: cached requests are served, others get 503, and all recover soon after", async (fault, happen) => {
    const postgres = await startPostgres();
    const site = await siteOn(postgres.url());
    const load = site.load(["known", "asked"]);
    await sleep(1_000);
    await happen(postgres);
    const back = performance.now();
    await load.settled("asked", 404);
    const seen = await load.stop();
    expectOutage(seen);
    const seconds = Math.max(seen.of("asked").recovery(back, 404), seen.of("known").recovery(back, 200));
    await eventually("changes are heard again", () =>
      /change feed connected(?!.*change feed disconnected)/s.test(site.process.said()),
    );
    await site.sync();
    addRow({
      part: "PostgreSQL",
      fault,
      up: "cached decisions",
      saw: `${seen.texts}; slowest ${Math.round(seen.slowest)} ms`,
      seconds,
    });
  });

  test("frozen: anonymous callers get the same fast reply for private and missing repositories", async () => {
    const postgres = await startPostgres();
    const site = await siteOn(postgres.url());
    const ask = async (name: string) => {
      const before = performance.now();
      const params = { path: { name, reference: "1.0" } };
      const { response } = await callAt(site.http, (gateway) => gateway.getManifest({ params }));
      return { status: response.status, took: performance.now() - before };
    };
    expect((await ask("org/public-app")).status).toBe(200);
    postgres.freeze();
    let slowest = 0;
    for (let time = 0; time < 100; time += 1) {
      const [known, unknown] = [await ask("org/private-app"), await ask("org/nowhere-app")];
      expect([known.status, unknown.status]).toEqual([401, 401]);
      slowest = Math.max(slowest, known.took, unknown.took);
      await sleep(20);
    }
    addRow({
      part: "PostgreSQL",
      fault: "frozen, and an anonymous caller asks about private and unknown names in turn",
      up: "the set of open names",
      saw: `401 for both, 100 times each; slowest ${Math.round(slowest)} ms`,
    });
  });

  test("frozen: neither a login nor a shutdown waits for it", async () => {
    const postgres = await startPostgres();
    const site = await siteOn(postgres.url());
    postgres.freeze();
    const load = site.load(["login"], { clients: 2 });
    await sleep(4_000);
    const seen = await load.stop();
    expect(seen.answers).toEqual({ "503 Retry-After": expect.any(Number) });
    expectNoWait(seen);
    const before = performance.now();
    await site.process.stop();
    const took = performance.now() - before;
    // PostgreSQL is still frozen.
    expect(site.process.child.exitCode).toBe(0);
    addRow({
      part: "PostgreSQL",
      fault: "frozen as somebody logs in, and as the gateway is stopped",
      up: "the gateway, which ends when it is told to",
      saw: `${seen.texts}; slowest ${Math.round(seen.slowest)} ms; the stop took ${Math.round(took)} ms`,
    });
  });

  test("with a full disk: a sync fails, pulls go on, and a later sync succeeds", async () => {
    const folder = join(testFolder(), "small");
    mkdirSync(folder);
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]);
    closers.push(async () => execFileSync("/usr/bin/umount", ["-l", folder]));
    chownSync(folder, account().uid, account().gid);
    const settings = ["max_wal_size = 2MB", "min_wal_size = 2MB", "wal_recycle = off"];
    const postgres = await startPostgres({ folder, settings });
    const site = await siteOn(postgres.url());
    const load = site.load(["known", "asked"]);
    const file = join(folder, "filler");
    // Enough space for the WAL of small writes, but not of a large sync.
    const left = Number(
      execFileSync("df", ["--output=avail", "-B1", folder], { encoding: "utf8" }).split("\n")[1],
    );
    writeFileSync(file, Buffer.alloc(Math.max(0, left - 3 * 1024 ** 2)));
    const failed = await pushOfMany(site.https, 60_000);
    await sleep(1_000);
    const during = load.seen();
    rmSync(file);
    const back = performance.now();
    await eventually("a push succeeds", async () => (await pushOfMany(site.https, 1_000)) === 200);
    await site.sync();
    await sleep(500);
    const seen = await load.stop();
    expect(failed).toBe(503);
    expect(during.of("known").answers).toEqual({ 200: expect.any(Number) });
    expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
    expect(Object.keys(seen.of("asked").answers)).toContain("404");
    addRow({
      part: "PostgreSQL",
      fault: "its disk is full",
      up: "pulls",
      saw: `the sync: ${failed}; ${seen.texts}`,
      seconds: Math.round((performance.now() - back) / 100) / 10,
    });
  });

  test("without a free connection: the gateway uses those it has, and opens more afterwards", async () => {
    const postgres = await startPostgres({
      settings: ["max_connections = 20", "superuser_reserved_connections = 0"],
    });
    const site = await siteOn(postgres.url());
    const load = site.load(["known", "asked"], { clients: 12, rest: 0 });
    const hogs: pg.Client[] = [];
    for (let full = false; !full; ) {
      const hog = new pg.Client({ connectionString: postgres.url() });
      hog.on("error", () => undefined);
      full = await hog.connect().then(
        () => false,
        () => true,
      );
      if (!full) hogs.push(hog);
    }
    const [fed] = hogs;
    await fed?.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'container-gateway%'",
    );
    // Freed connections go to the fastest.
    for (let more = 0; more < 20; more += 1) {
      const hog = new pg.Client({ connectionString: postgres.url() });
      hog.on("error", () => undefined);
      await hog.connect().then(
        () => hogs.push(hog),
        () => undefined,
      );
    }
    await sleep(2_000);
    await Promise.all(hogs.map((hog) => hog.end()));
    const back = performance.now();
    await load.settled("asked", 404);
    const seen = await load.stop();
    expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
    expect(
      Object.keys(seen.of("asked").answers).filter((one) => !/^(404|503 Retry-After)$/.test(one)),
    ).toEqual([]);
    expectNoWait(seen);
    const seconds = seen.of("asked").recovery(back, 404);
    addRow({
      part: "PostgreSQL",
      fault: "its connections are exhausted, and the gateway's are taken away",
      up: "cached decisions",
      saw: `${seen.texts}; slowest ${Math.round(seen.slowest)} ms`,
      seconds,
    });
  });

  test("as a read-only standby until its promotion: pulls go on, syncs and logins get 503", async () => {
    const postgres = await startPostgres();
    const site = await siteOn(postgres.url());
    const load = site.load(["known", "asked", "login"]);
    await sleep(500);
    await postgres.stop();
    const signal = join(postgres.data, "standby.signal");
    writeFileSync(signal, "");
    chownSync(signal, account().uid, account().gid);
    await postgres.start();
    await load.settled("asked", 404);
    await load.settled("login", 503);
    const standing = performance.now();
    await sleep(1_000);
    await expect(site.sync()).rejects.toThrow(/503/);
    const promoted = performance.now();
    await postgres.sql("SELECT pg_promote()", "postgres");
    const back = performance.now();
    await load.settled("login", 200);
    const seen = await load.stop();
    await site.sync();
    expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
    const meanwhile = seen.of("asked", standing, promoted);
    expect(meanwhile.answers).toEqual({ 404: expect.any(Number) });
    expect(seen.of("login", standing, promoted).answers).toEqual({
      "503 Retry-After": expect.any(Number),
    });
    expectNoWait(seen);
    const seconds = seen.of("login").recovery(back, 200);
    addRow({
      part: "PostgreSQL",
      fault: "becomes a read-only standby, and is promoted again",
      up: "pulls, known or not, but for the restart",
      saw: seen.texts,
      seconds,
    });
  });

  test("read-only: pulls go on, syncs and logins get 503", async () => {
    const postgres = await startPostgres();
    const site = await siteOn(postgres.url());
    const load = site.load(["known", "asked", "login"]);
    await sleep(500);
    await postgres.sql("ALTER SYSTEM SET default_transaction_read_only = on", "postgres");
    await postgres.sql("SELECT pg_reload_conf()", "postgres");
    await load.settled("login", 503);
    await expect(site.sync()).rejects.toThrow(/503/);
    const client = new pg.Client({ connectionString: postgres.url("postgres") });
    await client.connect();
    await client.query("SET default_transaction_read_only = off");
    await client.query("ALTER SYSTEM RESET default_transaction_read_only");
    await client.query("SELECT pg_reload_conf()");
    await client.end();
    const back = performance.now();
    await load.settled("login", 200);
    const seen = await load.stop();
    await site.sync();
    expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
    expect(seen.of("asked").answers).toEqual({ 404: expect.any(Number) });
    expect(seen.of("login").answers).toEqual({
      200: expect.any(Number),
      "503 Retry-After": expect.any(Number),
    });
    const seconds = seen.of("login").recovery(back, 200);
    addRow({
      part: "PostgreSQL",
      fault: "read-only (default_transaction_read_only)",
      up: "pulls, known or not",
      saw: seen.texts,
      seconds,
    });
  });
});

/** Starts Debian's PgBouncer in transaction mode. @returns a URL through it */
async function startPgBouncer(postgres: TestPostgres): Promise<string> {
  if (!existsSync("/usr/sbin/pgbouncer")) throw new Error("PgBouncer is missing: apt-get install pgbouncer");
  const port = await freePorts(1);
  const file = join(postgres.folder, "pgbouncer.ini");
  const users = join(postgres.folder, "users.txt");
  writeFileSync(users, '"gateway" ""\n');
  writeFileSync(
    file,
    `[databases]
gateway = host=${postgres.folder} dbname=gateway user=gateway
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${users}
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
`,
  );
  const child = spawn("/usr/sbin/pgbouncer", [file], { ...account(), cwd: "/", stdio: "ignore" });
  closers.push(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  const url = `postgresql://gateway@127.0.0.1:${port}/gateway`;
  await eventually("PgBouncer answers", async () => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return url;
}

describe("PgBouncer in transaction mode in front of PostgreSQL", () => {
  test.each([
    ["with a way past it for the change feed", true],
    ["without one: the change feed is disconnected, and each decision is a query", false],
  ])("%s", async (fault, heard) => {
    const postgres = await startPostgres();
    await postgres.sql("CREATE DATABASE gateway", "postgres");
    const through = await startPgBouncer(postgres);
    const settings = heard ? { db_listen_connection_string: postgres.url() } : {};
    const first = await siteOn(through, { settings, deaf: !heard });
    const load = first.load(["known", "asked"]);
    await sleep(1_000);
    await postgres.sql("DELETE FROM repositories_users");
    if (heard) await postgres.sql("NOTIFY container_gateway, 'users *'");
    await load.settled("known", 404);
    const gone = performance.now();
    await sleep(300);
    const again = performance.now();
    await syncTo(first.https);
    await load.settled("known", 200);
    const back = performance.now();
    await sleep(300);
    const seen = await load.stop();
    // Neither status changes back.
    expect(seen.of("known", gone, again).answers).toEqual({ 404: expect.any(Number) });
    expect(seen.of("known", back).answers).toEqual({ 200: expect.any(Number) });
    expect(seen.of("asked").answers).toEqual({ 404: expect.any(Number) });
    expect(first.process.said().includes("change feed connected")).toBe(heard);
    addRow({
      part: "PostgreSQL",
      fault: `PgBouncer in transaction mode between, ${fault}`,
      up: "everything",
      saw: `${seen.texts}; the grant of what is known was taken away for a while`,
    });
  });
});
