/** A sync that closes a repository which was open to all: its list comes first, who may pull it is said later. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, client, rawClient, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const REPOSITORY = "org/public-app";
const closed = { repository: REPOSITORY, auth_required: true };
const HOST = { via: "https", certificate: "host" } as const;

let world: TestGateway;
let alice: ClientOptions;
let bob: ClientOptions;
beforeEach(async () => {
  world = await startTestGateway();
  // Katello may say of bob that he may pull no longer.
  world.katello.setUser("bob", { password: "hunter2", repositories: ["org/other-app"] });
  world.katello.setHost(DEMO_HOST, ["org/private-app", REPOSITORY]);
  alice = { token: await tokenOf(world, "alice:secret") };
  bob = { token: await tokenOf(world, "bob:hunter2") };
  // What Katello maps at a sync is no grant where the repository is open.
  await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [] }] } });
  await foreman().putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
  for (const caller of [alice, bob, HOST]) expect(await pull(caller)).toBe(200);
});
afterEach(() => world.stop());

const foreman = () => client(world, { via: "https", certificate: "foreman" });
const pull = async (caller: ClientOptions): Promise<number> =>
  (await rawClient(world, caller)({ method: "GET", path: `/v2/${REPOSITORY}/manifests/1.0` })).status;

/** The list of a sync; Katello is asked nothing before it. */
async function close(): Promise<void> {
  await foreman().putRepositories({ body: { repositories: [closed] } });
  world.katello.clearRequests();
}

const asked = (): string[] => world.katello.requests.map(({ url }) => url);

describe("between the list that closes it and the mappings", () => {
  test("it is pulled by the users and hosts whom Katello grants it, and Katello is asked once for each", async () => {
    await close();
    for (let time = 0; time < 3; time += 1) {
      expect(await Promise.all([pull(alice), pull(alice)])).toEqual([200, 200]);
    }
    expect(asked()).toEqual(["/v2/", "/v2/_catalog"]);
    world.katello.clearRequests();
    for (let time = 0; time < 3; time += 1) expect(await pull(HOST)).toBe(200);
    expect(asked()).toEqual(["/v2/_catalog"]);
  });

  test("it is hidden from all others, and Katello is asked about each of them once", async () => {
    await close();
    for (let time = 0; time < 3; time += 1) expect(await pull(bob)).toBe(404);
    expect(asked()).toEqual(["/v2/", "/v2/_catalog"]);
    expect(await pull({})).toBe(401);
  });

  test("a token that Katello takes no longer opens nothing, and takes nobody's grants", async () => {
    await foreman().putUserGrants({
      body: { users: [{ alice: [{ repository: "org/x", auth_required: true }] }] },
    });
    const grants = () => world.sql("SELECT FROM repositories_users");
    await close();
    world.katello.setUser("alice", undefined);
    expect(await pull(alice)).toBe(404);
    expect(await grants()).toHaveLength(1);
  });

  test("who can't be asked about is told to come back", async () => {
    await close();
    await world.katello.close();
    for (const caller of [alice, HOST]) expect(await pull(caller)).toBe(503);
  });
});

describe("after the mappings", () => {
  test("they are the last word, and Katello is not asked", async () => {
    await close();
    await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [closed] }] } });
    await foreman().putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
    expect([await pull(alice), await pull(bob), await pull(HOST)]).toEqual([404, 200, 404]);
    expect(asked()).toEqual([]);
  });

  test("that came before the list, Katello is asked all the same", async () => {
    await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [] }] } });
    await close();
    expect(await pull(alice)).toBe(200);
  });

  test("a repository that has always been closed is not asked about", async () => {
    world.katello.clearRequests();
    const path = "/v2/org/other-app/manifests/1.0";
    expect((await rawClient(world, HOST)({ method: "GET", path })).status).toBe(404);
    expect(asked()).toEqual([]);
  });
});
