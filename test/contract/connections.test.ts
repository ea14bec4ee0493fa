/** Callers that wait for a sync, or for a database connection, must not cause an outage for others. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { isUnreachable } from "../../src/database/errors.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { login, openStorage, type Storage } from "../support/storage.ts";

let database: string;
let blocker: pg.Client;
let caches: Storage;
let reports: string[];

async function open(most: number): Promise<void> {
  caches = await openStorage(
    database,
    { db_max_connections: most, db_pool_timeout: 1 },
    (text) => void reports.push(text),
  );
  await eventually("changes are heard", () => caches.changes.connected);
}

beforeEach(async () => {
  database = await createDatabase();
  reports = [];
  await open(4);
  blocker = new pg.Client({ connectionString: database });
  await blocker.connect();
  await blocker.query("BEGIN");
});
afterEach(async () => {
  await blocker.end();
  await caches.close();
});

/** Collects results as they settle, to tell them from pending ones. */
function watch<T>(promises: Promise<T>[]) {
  const settled: PromiseSettledResult<T>[] = [];
  const all = promises.map((promise) =>
    promise.then(
      (value) => void settled.push({ status: "fulfilled", value }),
      (reason) => void settled.push({ status: "rejected", reason }),
    ),
  );
  return { settled, all: Promise.all(all) };
}

const connections = async (): Promise<number> =>
  (
    await query(
      database,
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'container-gateway%'",
    )
  ).length;

const ask = (count: number) => Array.from({ length: count }, () => caches.repositories.visible(undefined));

const told = (...repositories: string[]) => ({ repositories, fetchedAt: performance.now() });

describe("while a sync writes grants", () => {
  // The locks of every sync of a mapping: see locks.ts.
  const LOCKS = "SELECT pg_advisory_xact_lock(7226320, 4), pg_advisory_xact_lock(7226320, 5)";

  test("hosts and logins wait for it, and leave database connections to others", async () => {
    const { id: carla } = await caches.users.storeLogin(login("carla", "c0"));
    await blocker.query(LOCKS);
    const waiting = watch<unknown>([
      ...Array.from({ length: 10 }, (_, index) => caches.hosts.add(`u-${index}`, told("app"))),
      ...Array.from({ length: 10 }, () => caches.users.replaceGrants(carla, told("app"))),
    ]);
    for (let turn = 0; turn < 10; turn += 1) expect(await Promise.all(ask(4))).toEqual([[], [], [], []]);
    expect(waiting.settled).toEqual([]);
    await blocker.query("ROLLBACK");
    await waiting.all;
    expect(waiting.settled.map(({ status }) => status)).toEqual(Array(20).fill("fulfilled"));
    expect(reports.filter((text) => !text.startsWith("change feed connected"))).toEqual([]);
  });
});

test("fails logins that wait for locked rows, and leaves connections to pulls", async () => {
  await blocker.query("BEGIN; LOCK TABLE users IN SHARE MODE");
  const waiting = watch<unknown>(
    Array.from({ length: 12 }, (_, index) => caches.users.storeLogin(login(`new-${index}`, `c${index}`))),
  );
  await eventually("as many wait as may", async () => {
    const rows = await query(
      database,
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    return rows.length > 0;
  });
  for (let turn = 0; turn < 10; turn += 1) expect(await Promise.all(ask(4))).toEqual([[], [], [], []]);
  await eventually("all have ended", () => waiting.settled.length === 12);
  await blocker.query("ROLLBACK");
  const messages = waiting.settled.map((one) => (one.status === "rejected" ? one.reason.message : "written"));
  expect(new Set(messages)).toEqual(
    new Set([
      "the rows to be written are locked in the database",
      "all connections to the database are in use (db_max_connections)",
    ]),
  );
  expect(await caches.users.storeLogin(login("new-1", "c1"))).toMatchObject({ id: expect.any(Number) });
  expect(reports.filter((text) => !text.startsWith("change feed connected"))).toEqual([]);
});

describe("while all database connections are in use", () => {
  test("a query fails with its own error, and the database counts as available", async () => {
    await blocker.query("LOCK TABLE repositories IN ACCESS EXCLUSIVE MODE");
    const first = watch(ask(2));
    const later = watch(Array.from({ length: 6 }, () => caches.users.storeLogin(login("carla", "c0"))));
    await later.all;
    for (const outcome of later.settled) {
      const reason: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
      expect(reason).toMatchObject({ message: expect.stringContaining("db_max_connections") });
      expect(isUnreachable(reason)).toBe(false);
    }
    expect(first.settled).toEqual([]);
    await blocker.query("ROLLBACK");
    await first.all;
    expect(first.settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await Promise.all(ask(1))).toEqual([[]]);
    expect(reports.filter((text) => !text.startsWith("change feed connected"))).toEqual([]);
  });

  test("the database counts as responsive, even while the change feed is disconnected", async () => {
    await blocker.query("LOCK TABLE repositories IN ACCESS EXCLUSIVE MODE");
    const all = watch(ask(2));
    await blocker.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'container-gateway changes'",
    );
    const told = () => reports.filter((text) => text.startsWith("change feed disconnected"));
    await eventually("it tried to hear again", () => told().length === 2);
    expect(caches.changes.unresponsive).toBe(false);
    await blocker.query("ROLLBACK");
    await all.all;
    await eventually("changes are heard again", () => caches.changes.connected);
  });

  test.each([2, 4])(
    "the pool has %i connections (db_max_connections), and the change feed one more",
    async (most) => {
      await caches.close();
      await open(most);
      await blocker.query("LOCK TABLE repositories, pushes IN ACCESS EXCLUSIVE MODE");
      const none = async function* (): AsyncGenerator<string[]> {};
      const push = () =>
        caches.syncTarget.replaceHosts(
          {
            requestId: "r",
            caller: "test",
            started: performance.now(),
            counts: { entries: 0, invalid: 0, bytes: 0 },
            invalidEntries: [],
          },
          none(),
        );
      const all = watch<unknown>([...ask(10), ...Array.from({ length: 5 }, push)]);
      await eventually("all are taken", async () => (await connections()) === most + 1);
      // On a busy machine one may time out while its connection is being opened.
      await eventually("some are turned away", () => all.settled.length >= 10 - Math.ceil(most / 2));
      expect(await connections()).toBe(most + 1);
      await blocker.query("ROLLBACK");
      await all.all;
    },
  );
});
