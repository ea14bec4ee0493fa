import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { client, rawClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let world: TestGateway;
let logged = "";
beforeAll(async () => {
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  world = await startTestGateway({ listed: false, log: pino({ level: "info" }, stream) });
});
afterAll(async () => {
  await world.stop();
});

const put = (path: string, body: string, id: string, headers: Readonly<Record<string, string>> = {}) =>
  rawClient(world, { via: "https", certificate: "foreman" })({
    method: "PUT",
    path: `/container_gateway/${path}/`,
    headers: { "content-type": "application/x-www-form-urlencoded", "x-request-id": id, ...headers },
    body,
  });
const lastOf = async (kind: string) =>
  (await client(world, { via: "unix" }).getReadiness()).data?.syncs.find((push) => push.kind === kind);
const lines = () => logged.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));

describe("the record of syncs", () => {
  const SESSION = "b1e7f2d2-0d53-4b0e-8f4e-1d5c5b1f0a11";
  const odd =
    "hosts[][uuid]=u-1&hosts[][uuid]=%20%20&hosts[][uuid]=u-2&hosts[][uuid]=..%2Fx&hosts[][uuid]=u-2";

  test("has the caller, the duration and the result", async () => {
    expect((await put("update_hosts", odd, "first", { "x-session-id": SESSION })).status).toBe(200);
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
      expect.objectContaining({ msg: "sync applied", kind: "hosts", request_id: "first", entries: 5 }),
    );
    const left = lines().filter(({ msg }) => msg === "sync: invalid entry skipped");
    expect(left.map(({ request_id, entry }) => [request_id, entry])).toEqual([
      ["first", 2],
      ["first", 4],
    ]);
  });

  test("has failed syncs with their reason", async () => {
    expect((await put("update_hosts", "hosts[][uuid]=u-3&hosts[][name]=x", "second")).status).toBe(400);
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
      path: "/container_gateway/update_hosts/",
      status: 200,
      caller: "administrator",
      name: "foreman.example.org",
    });
    expect(answered("second")).not.toHaveProperty("session_id");
  });

  test("has Katello's requests for the users", async () => {
    await rawClient(world, { via: "unix" })({
      method: "GET",
      path: "/users",
      headers: { "x-request-id": "third" },
    });
    expect(await lastOf("users")).toMatchObject({ request_id: "third", kind: "users" });
  });

  test("is kept for 1,000 syncs, and for the last and the last successful one of each kind", async () => {
    await put("update_hosts", "hosts[][uuid]=u-1", "kept");
    await put("update_hosts", "nonsense", "failed");
    await world.sql(
      "INSERT INTO pushes (kind, request_id) SELECT 'one_host_grants', i::text FROM generate_series(1, 1500) i",
    );
    await put("repository_list", "repositories", "last");
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
    await put("update_hosts", "nonsense", "failed again");
    const [{ count } = { count: 0 }] = await world.sql<{ count: number }>(
      "SELECT count(*)::int AS count FROM pushes WHERE kind = 'host_grants'",
    );
    expect(count).toBe(999);
  });
});
