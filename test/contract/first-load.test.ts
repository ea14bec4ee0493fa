import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { createDatabase, query } from "../support/database.ts";
import { openStorage, type Storage } from "../support/storage.ts";

const HOSTS = 300;
const EACH = 800;

let database: string;
let caches: Storage;
beforeEach(async () => {
  database = await createDatabase();
  caches = await openStorage(database);
});
afterEach(() => caches.close());

async function* grants(shift = 0) {
  for (let host = 0; host < HOSTS; host += 1) {
    yield Array.from({ length: EACH }, (_, index) => ({
      subject: `host-${host}`,
      repository: `repo-${(host + index + shift) % 1_000}`,
    }));
  }
}

const push = () => ({
  requestId: "r",
  caller: "test",
  started: performance.now(),
  counts: { entries: 0, invalid: 0, bytes: 0 },
  invalidEntries: [],
});
const schema = (url: string) =>
  query(
    url,
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'hosts_repositories'
     UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'hosts_repositories'::regclass AND contype = 'p'
     UNION ALL SELECT column_name, data_type || is_nullable FROM information_schema.columns WHERE table_name = 'hosts_repositories' ORDER BY 1`,
  );
const grantsOf = async (host: string) =>
  (
    await query<{ n: number; first: string }>(
      database,
      `SELECT count(*)::int AS n, min(r.name) AS first FROM hosts_repositories
         JOIN hosts h ON h.id = host_id JOIN repositories r ON r.id = repository_id WHERE h.uuid = $1`,
      [host],
    )
  )[0];
const tableId = async () =>
  (await query(database, "SELECT 'hosts_repositories'::regclass::oid AS id"))[0]?.id;

describe("the first mapping of a large site", () => {
  test("fills a new table that replaces the old one, and counts the old rows", async () => {
    const before = [await tableId(), await schema(database)];
    await caches.syncTarget.replaceOneHostGrants(
      push(),
      (async function* () {
        yield [
          { subject: "host-0", repository: "repo-0" },
          { subject: "gone", repository: "repo-1" },
        ];
      })(),
    );
    const record = await caches.syncTarget.replaceHostGrants(push(), grants());
    expect(record).toMatchObject({ inserted: HOSTS * EACH - 1, deleted: 1 });
    expect(await tableId()).not.toBe(before[0]);
    expect(await schema(database)).toEqual(before[1]);
    expect(await grantsOf("host-7")).toEqual({ n: EACH, first: "repo-10" });
    expect(await grantsOf("gone")).toMatchObject({ n: 0 });
    const second = await tableId();
    expect(await caches.syncTarget.replaceHostGrants(push(), grants(1))).toMatchObject({
      inserted: HOSTS,
      deleted: HOSTS,
    });
    expect(await tableId()).toBe(second);
  }, 60_000);

  test("is written row by row while another session reads the old table", async () => {
    const before = await tableId();
    const reader = new pg.Client({ connectionString: database });
    await reader.connect();
    await reader.query("BEGIN; SELECT FROM hosts_repositories");
    try {
      const record = await caches.syncTarget.replaceHostGrants(push(), grants());
      expect(record).toMatchObject({ inserted: HOSTS * EACH, deleted: 0 });
    } finally {
      await reader.end();
    }
    expect(await tableId()).toBe(before);
    expect(await grantsOf("host-7")).toEqual({ n: EACH, first: "repo-10" });
  }, 60_000);

  test("keeps the grants of a host that was mapped during the sync", async () => {
    const before = await tableId();
    const one = async function* () {
      yield [{ subject: "host-7", repository: "only" }];
    };
    const meanwhile = async function* () {
      await caches.syncTarget.replaceOneHostGrants(push(), one());
      yield* grants();
    };
    await caches.syncTarget.replaceHostGrants(push(), meanwhile());
    expect(await tableId()).not.toBe(before);
    expect(await grantsOf("host-7")).toEqual({ n: 1, first: "only" });
    expect(await grantsOf("host-8")).toEqual({ n: EACH, first: "repo-10" });
  }, 60_000);

  test("is written row by row if the table has grants of its own", async () => {
    const before = await tableId();
    await query(database, "GRANT SELECT ON hosts_repositories TO PUBLIC");
    await caches.syncTarget.replaceHostGrants(push(), grants());
    expect(await tableId()).toBe(before);
    expect(await grantsOf("host-7")).toEqual({ n: EACH, first: "repo-10" });
  }, 60_000);
});
