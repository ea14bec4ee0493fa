/** Syncs that close a public repository: the list of repositories arrives first, the grants later. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";

const REPOSITORY = "org/public-app";
const closed = { repository: REPOSITORY, auth_required: true };
const HOST = { via: "https", certificate: "host" } as const;

let world: TestGateway;
let alice: ClientOptions;
let bob: ClientOptions;
beforeEach(async () => {
  world = await startTestGateway();
  // For Katello, bob has lost his access.
  world.katello.setUser("bob", { password: "hunter2", repositories: ["org/other-app"] });
  world.katello.setHost(DEMO_HOST, ["org/private-app", REPOSITORY]);
  alice = { token: await tokenOf(world, "alice:secret") };
  bob = { token: await tokenOf(world, "bob:hunter2") };
  // Mappings without grants: the repository is still public.
  await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [] }] } });
  await foreman().putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
  for (const caller of [alice, bob, HOST]) expect(await pull(caller)).toBe(200);
});
afterEach(() => world.stop());

const foreman = () => client(world, { via: "https", certificate: "foreman" });
const pull = (caller: ClientOptions): Promise<number> => pullStatus(world, caller, REPOSITORY);

/** Syncs the list that closes the repository; no request has reached Katello before it. */
async function close(): Promise<void> {
  await foreman().putRepositories({ body: { repositories: [closed] } });
  world.katello.clearRequests();
}

const asked = (): string[] => world.katello.requests.map(({ url }) => url);

describe("after the sync that closes a repository, and before the mappings", () => {
  test("users and hosts with a grant in Katello pull, and Katello gets one request for each", async () => {
    await close();
    for (let time = 0; time < 3; time += 1) {
      expect(await Promise.all([pull(alice), pull(alice)])).toEqual([200, 200]);
    }
    expect(asked()).toEqual(["/v2/", "/v2/_catalog"]);
    world.katello.clearRequests();
    for (let time = 0; time < 3; time += 1) expect(await pull(HOST)).toBe(200);
    expect(asked()).toEqual(["/v2/_catalog"]);
  });

  test("other callers get 404, and Katello gets one request for each", async () => {
    await close();
    for (let time = 0; time < 3; time += 1) expect(await pull(bob)).toBe(404);
    expect(asked()).toEqual(["/v2/", "/v2/_catalog"]);
    expect(await pull({})).toBe(401);
  });

  test("a token that Katello rejects gets 404, and its user's grants stay", async () => {
    await foreman().putUserGrants({
      body: { users: [{ alice: [{ repository: "org/x", auth_required: true }] }] },
    });
    const grants = () => world.sql("SELECT FROM repositories_users");
    await close();
    world.katello.setUser("alice", undefined);
    expect(await pull(alice)).toBe(404);
    expect(await grants()).toHaveLength(1);
  });

  test("callers get 503 while Katello is unavailable", async () => {
    await close();
    await world.katello.close();
    for (const caller of [alice, HOST]) expect(await pull(caller)).toBe(503);
  });
});

describe("after the mappings", () => {
  test("grants are those of the mappings, without a request to Katello", async () => {
    await close();
    await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [closed] }] } });
    await foreman().putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
    expect([await pull(alice), await pull(bob), await pull(HOST)]).toEqual([404, 200, 404]);
    expect(asked()).toEqual([]);
  });

  test("a mapping from before the list still leads to a request to Katello", async () => {
    await foreman().putUserGrants({ body: { users: [{ alice: [], bob: [] }] } });
    await close();
    expect(await pull(alice)).toBe(200);
  });

  test("a repository that was never public leads to no request to Katello", async () => {
    world.katello.clearRequests();
    expect((await caller(world, HOST)(get.manifest("org/other-app", "1.0"))).status).toBe(404);
    expect(asked()).toEqual([]);
  });
});
