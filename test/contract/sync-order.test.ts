import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { encodeForm, type FormValue } from "../../src/demo/sync.ts";
import { closeClients, rawClient, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ listed: false });
});
afterEach(async () => {
  await world.sql(
    "TRUNCATE repositories, repositories_users, users, hosts, hosts_repositories, pushes CASCADE; NOTIFY container_gateway, 'tokens *'",
  );
});
afterAll(async () => {
  await closeClients();
  await world.stop();
});

async function push(path: string, body: { readonly [name: string]: FormValue }): Promise<void> {
  const { status } = await rawClient(world, { via: "unix" })({
    method: "PUT",
    path: `/container_gateway/${path}/`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: encodeForm(body),
  });
  expect(status).toBe(200);
}

const entry = (repository: string) => ({ repository, auth_required: true });
const list = (...names: string[]) => push("repository_list", { repositories: names.map(entry) });
const APP = "org/private-app";
const pull = async (token: string) =>
  (await rawClient(world, { token })({ method: "GET", path: `/v2/${APP}/manifests/1.0` })).status;
const catalog = async (token: string) =>
  JSON.parse((await rawClient(world, { token })({ method: "GET", path: "/v2/_catalog" })).text).repositories;

/** A token of a user to whom Katello itself tells no repositories at the login. */
async function tokenWithoutGrants(): Promise<string> {
  world.katello.setUser("carla", { password: "secret", repositories: [] });
  return tokenOf(world, "carla:secret");
}

describe("a repository that is granted before it is listed", () => {
  test.each([
    ["user", () => push("user_repository_mapping", { users: [{ carla: [entry(APP)] }] })],
    ["user, in other letters", () => push("user_repository_mapping", { users: [{ CARLA: [entry(APP)] }] })],
  ])("opens nothing until then, and then to its %s", async (_, grant) => {
    await list("other");
    const token = await tokenWithoutGrants();
    await rawClient(world, { via: "unix" })({ method: "GET", path: "/users" });
    await grant();
    expect(await pull(token)).toBe(404);
    expect(await catalog(token)).toEqual([]);
    await list("other", APP);
    expect(await pull(token)).toBe(200);
    expect(await catalog(token)).toEqual([APP]);
  });

  test("is there for a user whom Katello told at the login", async () => {
    world.katello.setUser("carla", { password: "secret", repositories: [APP] });
    const token = await tokenOf(world, "carla:secret");
    expect(await pull(token)).toBe(404);
    await list(APP);
    expect(await pull(token)).toBe(200);
  });

  test.each(["host_repository_mapping", "update_host_repositories"])(
    "is there for a host of %s",
    async (call) => {
      await push(call, { hosts: [{ "u-1": [entry(APP)] }] });
      await list(APP);
      const rows = await world.sql(
        "SELECT uuid, name FROM hosts_repositories JOIN hosts h ON h.id = host_id JOIN repositories r ON r.id = repository_id",
      );
      expect(rows).toEqual([{ uuid: "u-1", name: APP }]);
    },
  );

  test("is granted no longer when a later mapping doesn't say so, and is forgotten with its last grant", async () => {
    await push("host_repository_mapping", { hosts: [{ "u-1": [entry(APP)] }] });
    await list("other");
    expect(await world.sql("SELECT name, listed FROM repositories ORDER BY 1")).toEqual([
      { name: APP, listed: false },
      { name: "other", listed: true },
    ]);
    await push("host_repository_mapping", { hosts: [{ "u-1": [] }] });
    await list("other");
    expect(await world.sql("SELECT name FROM repositories")).toEqual([{ name: "other" }]);
  });

  test("that was listed once, and is listed again, is nobody's until it is granted again", async () => {
    await list(APP);
    const token = await tokenWithoutGrants();
    await rawClient(world, { via: "unix" })({ method: "GET", path: "/users" });
    await push("user_repository_mapping", { users: [{ carla: [entry(APP)] }] });
    expect(await pull(token)).toBe(200);
    await list("other");
    expect(await pull(token)).toBe(404);
    await list(APP);
    expect(await pull(token)).toBe(404);
    expect(await world.sql("SELECT * FROM repositories_users")).toEqual([]);
  });
});

describe("hosts that are no longer listed", () => {
  test("take their grants with them", async () => {
    await list(APP);
    await push("host_repository_mapping", { hosts: [{ "u-1": [entry(APP)] }, { "u-2": [entry(APP)] }] });
    await push("update_hosts", { hosts: [{ uuid: "u-2" }] });
    expect(await world.sql("SELECT count(*)::int AS grants FROM hosts_repositories")).toEqual([
      { grants: 1 },
    ]);
  });
});
