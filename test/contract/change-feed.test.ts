import { afterEach, describe, expect, test } from "@jest/globals";
import { type Change, changeText, parseChange } from "../../src/database/change-feed/change.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { login, openStorage, type Storage } from "../support/storage.ts";
import { openTunnel } from "../support/tunnel.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The storage of one gateway, with everything that its change feed reported. */
async function gateway(database: string, listenOn?: string) {
  const said: (string | Change)[] = [];
  const reports: string[] = [];
  const caches = await openStorage(
    database,
    { db_listen_connection_string: listenOn, outage_grace: 60, memory_limit: 1024 ** 2 },
    (text, error) => reports.push(`${text}: ${String(error)}`),
  );
  closers.push(() => caches.close());
  caches.changes.listen({
    changed: (change) => said.push(change),
    disconnected: () => said.push("disconnected"),
    connected: () => said.push("connected"),
  });
  return { caches, said, reports };
}

const hears = (caches: Storage) => eventually("the feed hears", () => caches.changes.connected);
const batches = async function* <Row>(...rows: Row[]) {
  yield rows;
};
const push = () => ({
  requestId: "r",
  caller: "test",
  started: performance.now(),
  counts: { entries: 0, invalid: 0, bytes: 0 },
  invalidEntries: [],
});
const told = (...repositories: string[]) => ({ repositories, fetchedAt: performance.now() });
const terminate = (database: string) =>
  query(
    database,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'container-gateway changes'`,
  );

describe("the payload of a change", () => {
  test.each<Change>([
    { kind: "repositories", keys: ["org/app", "a"] },
    { kind: "users", keys: ["1"] },
    { kind: "tokens", keys: undefined },
  ])("is parsed again: %j", (change) => {
    expect(parseChange(changeText(change))).toEqual(change);
  });

  test("names all of a kind when the keys exceed PostgreSQL's limit", () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => String(index));
    expect(changeText({ kind: "hosts", keys })).toBe("hosts *");
  });

  test.each(["", "proof 7", "nonsense a b"])("is undefined for %j", (text) => {
    expect(parseChange(text)).toBeUndefined();
  });
});

describe("a change", () => {
  test("reaches this gateway before the write is reported done, and others shortly after", async () => {
    const database = await createDatabase();
    const [here, there] = [await gateway(database), await gateway(database)];
    await Promise.all([hears(here.caches), hears(there.caches)]);
    const heard = async (work: () => Promise<unknown>) => {
      here.said.length = 0;
      there.said.length = 0;
      await work();
      const change = here.said[0];
      // This gateway receives it twice: from PostgreSQL, too.
      await eventually("both hear", () => there.said.length > 0 && here.said.length > 1);
      expect(there.said[0]).toEqual(change);
      return change;
    };
    const { syncTarget, users } = here.caches;
    const listed = batches({ name: "r1", authRequired: true }, { name: "r2", authRequired: true });
    expect(await heard(() => syncTarget.replaceRepositories(push(), listed))).toEqual({
      kind: "repositories",
      keys: ["r1", "r2"],
    });
    const store = (name: string, checksum: string, seconds = 60) =>
      users.storeLogin(login(name, checksum, seconds));
    const alice = String((await store("alice", "c0ffee")).id);
    const keys = [alice];
    expect(await heard(() => store("Alice", "c0ffee", 61))).toEqual({ kind: "tokens", keys: ["c0ffee"] });
    expect(await heard(() => users.replaceGrants(Number(alice), told("r1")))).toEqual({
      kind: "users",
      keys,
    });
    const grants = batches({ subject: "alice", repository: "r2" });
    expect(await heard(() => syncTarget.replaceUserGrants(push(), grants))).toMatchObject({ kind: "users" });
    const hostGrants = batches({ subject: "u-1", repository: "r2" });
    expect(await heard(() => syncTarget.replaceOneHostGrants(push(), hostGrants))).toMatchObject({
      kind: "hosts",
    });
    expect(await heard(() => syncTarget.replaceHosts(push(), batches<string>()))).toMatchObject({
      kind: "hosts",
    });
    const ofToken = { kind: "tokens", keys: ["c0ffee"] };
    expect(await heard(() => store("bob", "c0ffee", 61))).toEqual(ofToken);
    expect(await heard(() => store("bob", "c0ffee", 30))).toEqual(ofToken);
    expect(await heard(() => store("bob", "decaf", 30))).toEqual(ofToken);
  });

  test("is not announced if nothing changed, or after a rollback", async () => {
    const { caches, said } = await gateway(await createDatabase());
    await hears(caches);
    const list = () => batches({ name: "r1", authRequired: true });
    await caches.syncTarget.replaceRepositories(push(), list());
    const { id: alice } = await caches.users.storeLogin(login("alice", "c0ffee", 60));
    await caches.users.replaceGrants(alice, told("r1"));
    const changes = () => said.filter((one) => typeof one === "object").length;
    await eventually("both are heard, twice each", () => changes() === 4);
    said.length = 0;
    await caches.syncTarget.replaceRepositories(push(), list());
    await caches.syncTarget.replaceUserGrants(push(), batches({ subject: "ALICE", repository: "r1" }));
    await caches.users.storeLogin(login("alice", "c0ffee", 61));
    await caches.users.replaceGrants(alice, told("r1"));
    async function* broken() {
      yield [{ name: "r2", authRequired: true }];
      throw new Error("the sender went away");
    }
    await expect(caches.syncTarget.replaceRepositories(push(), broken())).rejects.toThrow("went away");
    // Notifications are ordered: this one would follow any other.
    await caches.users.replaceGrants(alice, told());
    await eventually("the last one is heard", () => said.length >= 2);
    expect(said.every((change) => typeof change === "object" && change.kind === "users")).toBe(true);
  });
});

describe("the change feed", () => {
  test("reconnects after its connection was terminated", async () => {
    const database = await createDatabase();
    const { caches, said, reports } = await gateway(database);
    await hears(caches);
    await terminate(database);
    await eventually(
      "it is disconnected and hears again",
      () => said.filter((one) => one === "connected").length >= 2,
    );
    expect(said.slice(-2)).toEqual(["disconnected", "connected"]);
    expect(reports).toContainEqual(expect.stringMatching(/change feed disconnected.*terminating connection/));
    await caches.syncTarget.replaceRepositories(push(), batches({ name: "r", authRequired: true }));
    await eventually("it hears a change", () => typeof said.at(-1) === "object");
  });

  test("notices an unresponsive connection", async () => {
    const database = await createDatabase();
    const tunnel = await openTunnel(database);
    closers.push(() => tunnel.close());
    const { caches, said } = await gateway(database, tunnel.url);
    await hears(caches);
    tunnel.freeze();
    await eventually("it is disconnected", () => said.at(-1) === "disconnected");
    tunnel.thaw();
    await eventually("it hears again", () => said.at(-1) === "connected");
  });

  test("never connects to a database other than the gateway's", async () => {
    const { caches, reports } = await gateway(await createDatabase(), await createDatabase());
    await eventually("it says why", () => reports.some((text) => /db_listen_connection_string/.test(text)));
    expect(caches.changes.connected).toBe(false);
  });
});
