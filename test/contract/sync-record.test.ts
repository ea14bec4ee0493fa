import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { Database } from "../../src/database/database.ts";
import { registryError } from "../../src/model/errors.ts";
import { type StoredRecord, SyncRecords } from "../../src/sync/apply/sync-records.ts";
import { MissedSyncs } from "../../src/sync/missed-syncs.ts";
import { caller, client } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type Call, get, put } from "../support/operations.ts";
import { openStorage } from "../support/storage.ts";

let world: TestGateway;
let logged = "";
beforeAll(async () => {
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  // As in Katello, where one CA signs the certificates of hosts and of the Foreman server.
  const bundle = join(testFolder(), "one-ca.crt");
  writeFileSync(bundle, `${pem("ca.crt")}\n${pem("consumers.crt")}`);
  world = await startTestGateway({
    listed: false,
    log: pino({ level: "info" }, stream),
    settings: { ssl_ca_file: bundle },
  });
});
afterAll(async () => {
  await world.stop();
});

const FOREMAN = { via: "https", certificate: "foreman", prefix: "/container_gateway" } as const;
const push = (sync: Call, id: string, headers: Readonly<Record<string, string>> = {}) =>
  caller(world, FOREMAN)(sync, { "x-request-id": id, ...headers });
const lastOf = async (kind: string) =>
  (await client(world, { via: "unix" }).getReadiness()).data?.syncs.find((push) => push.kind === kind);
const lines = () => logged.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));

describe("the record of syncs", () => {
  const SESSION = "b1e7f2d2-0d53-4b0e-8f4e-1d5c5b1f0a11";
  const odd =
    "hosts[][uuid]=u-1&hosts[][uuid]=%20%20&hosts[][uuid]=u-2&hosts[][uuid]=..%2Fx&hosts[][uuid]=u-2";

  test("has the caller, the duration and the result", async () => {
    expect((await push(put.hosts(odd), "first", { "x-session-id": SESSION })).status).toBe(200);
    expect(await lastOf("hosts")).toEqual({
      kind: "hosts",
      at: expect.any(String),
      seconds: expect.any(Number),
      request_id: "first",
      outcome: "done",
      bytes: odd.length,
      entries: 5,
      inserted: 2,
      deleted: 0,
      unknown: 0,
      invalid: 2,
      invalid_entries: [2, 4],
    });
    // The caller is only in the database.
    expect(await world.sql("SELECT caller FROM pushes WHERE request_id = 'first'")).toEqual([
      { caller: "foreman.example.org" },
    ]);
  });

  test("is logged, with the positions of invalid entries", () => {
    expect(lines()).toContainEqual(
      expect.objectContaining({
        msg: "sync applied",
        kind: "hosts",
        request_id: "first",
        entries: 5,
        step_seconds: { read: expect.any(Number), wait: expect.any(Number), write: expect.any(Number) },
      }),
    );
    const left = lines().filter(({ msg }) => msg === "sync: invalid entry skipped");
    expect(left.map(({ request_id, entry }) => [request_id, entry])).toEqual([
      ["first", 2],
      ["first", 4],
    ]);
  });

  test("has failed syncs with their reason", async () => {
    expect((await push(put.hosts("hosts[][uuid]=u-3&hosts[][name]=x"), "second")).status).toBe(400);
    expect(await lastOf("hosts")).toMatchObject({
      request_id: "second",
      outcome: expect.stringMatching(/^REQUEST_INVALID: unexpected key.*byte 18/),
      inserted: 0,
    });
    expect(await world.sql("SELECT uuid FROM hosts ORDER BY 1")).toEqual([{ uuid: "u-1" }, { uuid: "u-2" }]);
    expect(lines()).toContainEqual(
      expect.objectContaining({ msg: "sync failed: nothing has been changed", request_id: "second" }),
    );
  });

  test("is logged with the call, and with Katello's session id if there is one", async () => {
    const answered = (id: string) =>
      lines().find(({ msg, request_id }) => msg === "request completed" && request_id === id);
    await eventually("both are told", () => [answered("first"), answered("second")].every(Boolean));
    expect(answered("first")).toMatchObject({
      session_id: SESSION,
      method: "PUT",
      path: "/container_gateway/update_hosts",
      status: 200,
      caller: "administrator",
      name: "foreman.example.org",
    });
    expect(answered("second")).not.toHaveProperty("session_id");
  });

  test("has Katello's requests for the users", async () => {
    await caller(world, { via: "unix" })(get.users(), { "x-request-id": "third" });
    expect(await lastOf("users")).toMatchObject({ request_id: "third", kind: "users" });
  });

  test("has refused syncs, of which many are one, but none of hosts", async () => {
    const refuse = (certificate: string, id: string) =>
      caller(world, { ...FOREMAN, certificate })(put.repositories({ repositories: [] }), {
        "x-request-id": id,
      });
    for (const id of ["of-a-host", "of-a-host-again"]) expect((await refuse("host", id)).status).toBe(403);
    for (const id of ["refused-1", "refused-2", "refused-3"])
      expect((await refuse("gateway", id)).status).toBe(403);
    await eventually("it is recorded", async () => (await lastOf("repositories")) !== undefined);
    expect(await lastOf("repositories")).toMatchObject({
      request_id: "refused-1",
      outcome: expect.stringMatching(/^DENIED: .*trusted_hosts$/),
      entries: 0,
    });
    expect(
      await world.sql("SELECT request_id, caller FROM pushes WHERE kind = 'repositories' ORDER BY id"),
    ).toEqual([{ request_id: "refused-1", caller: "gateway.example.org" }]);
    const { data } = await client(world, { via: "unix" }).getReadiness();
    expect(data?.reasons).toContain("the last sync of repositories failed");
  });

  test("is kept for 1,000 syncs, and for the last and the last successful one of each kind", async () => {
    await push(put.hosts("hosts[][uuid]=u-1"), "kept");
    await push(put.hosts("nonsense"), "failed");
    await world.sql(
      "INSERT INTO pushes (kind, request_id) SELECT 'one_host_grants', i::text FROM generate_series(1, 1500) i",
    );
    await push(put.repositories("repositories"), "last");
    const [{ count } = { count: 0 }] = await world.sql<{ count: number }>(
      "SELECT count(*)::int AS count FROM pushes WHERE kind = 'one_host_grants'",
    );
    expect(count).toBe(999);
    const others = await world.sql(
      "SELECT request_id FROM pushes WHERE kind <> 'one_host_grants' ORDER BY id",
    );
    expect(others.map(({ request_id }) => request_id)).toEqual(["third", "kept", "failed", "last"]);
  });

  test("is not kept longer for a kind that always fails", async () => {
    await world.sql(
      `INSERT INTO pushes (kind, request_id, outcome)
         SELECT 'host_grants', i::text, 'REQUEST_INVALID: no' FROM generate_series(1, 1500) i`,
    );
    await push(put.hosts("nonsense"), "failed again");
    const [{ count } = { count: 0 }] = await world.sql<{ count: number }>(
      "SELECT count(*)::int AS count FROM pushes WHERE kind = 'host_grants'",
    );
    expect(count).toBe(999);
  });
});

describe("a sync that failed while PostgreSQL was down", () => {
  const failure: StoredRecord = {
    kind: "user_grants",
    seconds: 1,
    request_id: "down",
    caller: "foreman.example.org",
    outcome: "UNAVAILABLE: the database can't be reached",
    bytes: 0,
    entries: 0,
    inserted: 0,
    deleted: 0,
    unknown: 0,
    invalid: 0,
    invalid_entries: [],
  };
  /** A database whose first query fails. */
  const failing = () => {
    let queries = 0;
    return {
      none: async (sql: string, values?: () => unknown[]) => {
        queries += 1;
        if (queries === 1) throw new Error("down");
        await world.sql(sql, values?.() ?? []);
      },
    } as unknown as Database;
  };
  const recorded = () => world.sql("SELECT outcome FROM pushes WHERE request_id = 'down'");

  test("is recorded when it is back", async () => {
    const records = new SyncRecords(failing());
    await records.addFailed(failure, performance.now() - 1000);
    expect(await recorded()).toEqual([]);
    await records.close();
    expect(await recorded()).toEqual([{ outcome: failure.outcome }]);
  });

  test("is not, if a later one has been applied since", async () => {
    await world.sql("DELETE FROM pushes WHERE request_id = 'down'");
    const records = new SyncRecords(failing());
    await records.addFailed(failure, performance.now() - 1000);
    await world.sql("INSERT INTO pushes (kind, request_id) VALUES ('user_grants', 'later')");
    await records.close();
    expect(await recorded()).toEqual([]);
  });

  test("is not, if a later one has been applied while it waited for a connection", async () => {
    await world.sql("DELETE FROM pushes WHERE kind = 'user_grants'");
    const { pool, close } = await openStorage(world.database, { db_max_connections: 6 });
    const untilLater = `DO $$ BEGIN
      WHILE NOT EXISTS (SELECT FROM pushes WHERE request_id = 'later' AND kind = 'user_grants') LOOP PERFORM pg_sleep(0.01); END LOOP;
      PERFORM pg_sleep(1);
    END $$`;
    const others = Array.from({ length: 6 }, () => pool.any(untilLater));
    // Came half a second ago, and waits for a second: far more than the latency of its statement.
    const writing = new SyncRecords(pool).addFailed(failure, performance.now() - 500);
    await world.sql("INSERT INTO pushes (kind, request_id) VALUES ('user_grants', 'later')");
    await Promise.all([writing, ...others]);
    expect(await recorded()).toEqual([]);
    await close();
  });
});

test("a request for the list of users that fails is recorded, and is over with the next one", async () => {
  const ask = (id: string) => caller(world, FOREMAN)(get.users(), { "x-request-id": id });
  expect((await ask("users-1")).status).toBe(200);
  await world.sql("ALTER TABLE users RENAME TO users_elsewhere");
  try {
    expect((await ask("users-2")).status).toBe(500);
  } finally {
    await world.sql("ALTER TABLE users_elsewhere RENAME TO users");
  }
  expect(await lastOf("users")).toMatchObject({ request_id: "users-2", outcome: "UNKNOWN: see the log" });
  expect((await ask("users-3")).status).toBe(200);
  expect(await lastOf("users")).toMatchObject({ request_id: "users-3", outcome: "done" });
});

test("a call that is refused again and again is one record", async () => {
  const database = {
    none: (sql: string, values?: () => unknown[]) => world.sql(sql, values?.() ?? []),
  } as unknown as Database;
  const refuse = async (requestId: string, why: string) => {
    const records = new SyncRecords(database);
    const error = registryError("DENIED", { message: why });
    records.addRefused({ operation: "putHostGrants", caller: "other.example.org", requestId, error });
    await records.close();
  };
  await refuse("again-1", "no");
  await refuse("again-2", "no");
  await refuse("again-3", "never");
  await refuse("again-4", "no");
  expect(
    await world.sql("SELECT request_id FROM pushes WHERE request_id LIKE 'again-%' ORDER BY id"),
  ).toEqual([{ request_id: "again-2" }, { request_id: "again-3" }, { request_id: "again-4" }]);
});

describe("a sync that has been missed", () => {
  test("is an error in the log once, and makes the gateway degraded", async () => {
    const lines: unknown[] = [];
    const records = { last: async () => [await lastOf("repositories")].filter((one) => one !== undefined) };
    const missed = new MissedSyncs(records, { error: (...line: unknown[]) => void lines.push(line) });
    const readiness = async () => (await client(world).getReadiness()).data;
    await missed.check();
    expect(lines).toEqual([]);
    expect((await readiness())?.reasons).not.toContain("Katello has not synced for a day");
    await world.sql("UPDATE pushes SET at = at - interval '25 hours' WHERE kind = 'repositories'");
    await missed.check();
    await missed.check();
    missed.close();
    expect(lines).toEqual([
      [{ at: expect.any(String) }, expect.stringContaining("has not synced for a day")],
    ]);
    const { status, reasons } = (await readiness()) ?? {};
    expect({ status, reasons }).toMatchObject({
      status: "degraded",
      reasons: expect.arrayContaining(["Katello has not synced for a day"]),
    });
  });
});
