import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClientOptions, caller, client } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { type Call, get, put } from "../support/operations.ts";

const worlds: TestGateway[] = [];
afterAll(async () => {
  for (const world of worlds) await world.stop();
});

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const world = await startTestGateway({
    listed: false,
    ...options,
    settings: { serve_before_first_sync: false, ...options.settings },
  });
  worlds.push(world);
  return world;
}

const send = (world: TestGateway, call: Call, options: ClientOptions = {}) => caller(world, options)(call);
const statusOf = async (world: TestGateway): Promise<string> =>
  JSON.parse((await send(world, get.readiness())).text).status;

const PUBLIC = get.manifest("org/public-app", "latest");
const MISSING = get.manifest("not-there", "latest");
const DIGEST = `sha256:${"0".repeat(64)}`;
/** Every request whose reply depends on the list of repositories. */
const DECISIONS: [what: string, call: Call][] = [
  ["a manifest", PUBLIC],
  ["a manifest of a missing repository", MISSING],
  ["a blob", get.blob("org/public-app", DIGEST)],
  ["a list of tags", get.tags("org/public-app")],
  ["a list of referrers", get.referrers("org/public-app", DIGEST)],
  ["a list of signatures", get.signatures("org/public-app", DIGEST)],
  ["the catalog", get.catalog()],
  ["a search", get.search({ q: "app" })],
  ["the Flatpak index", get.index("label:org.flatpak.ref:exists=1&tag=latest")],
];

describe("before Katello's first sync of the repositories", () => {
  let world: TestGateway;
  /** Another gateway on the same database. */
  let twin: TestGateway;
  let token = "";
  beforeAll(async () => {
    world = await start();
    twin = await start({ database: world.database });
    const { text } = await send(world, get.token(), { basic: "alice:secret" });
    token = JSON.parse(text).token;
  });

  test("a gateway is not ready, and strangers see its status alone", async () => {
    const { status, headers, text } = await send(world, get.readiness());
    expect([status, headers["retry-after"], JSON.parse(text)]).toEqual([
      503,
      "5",
      {
        status: "waiting_for_katello",
        database: "up",
        syncs: [],
        reasons: ["Katello has never sent its list of repositories"],
        upstreams: { pulp: "up", katello: "up" },
      },
    ]);
    expect((await send(world, get.health())).status).toBe(200);
  });

  test.each(DECISIONS)("%s is 503 with Retry-After, to strangers and users alike", async (_, call) => {
    for (const options of [
      { token: "unauthenticated" },
      { token },
      { certificate: "host", via: "https" },
    ] as const) {
      const { status, headers, text } = await send(world, call, options);
      expect([status, headers["retry-after"], text]).toEqual([
        503,
        "10",
        expect.stringContaining("waits for the first sync of Katello"),
      ]);
    }
  });

  test("users log in, and the way to the login is shown", async () => {
    expect(token).not.toBe("");
    expect((await send(world, get.base(), { token })).status).toBe(200);
    expect((await send(world, get.base())).status).toBe(401);
  });

  test("hosts and mappings are synced, and are no list of repositories", async () => {
    const { putHosts } = client(world, { via: "unix" });
    expect((await putHosts({ body: { hosts: [{ uuid: "u-1" }] } })).response.status).toBe(200);
    expect(await statusOf(world)).toBe("waiting_for_katello");
  });

  test("a list that could not be read is none", async () => {
    const broken = put.repositories('{"repositories":[{"repo');
    const failed = await caller(world, { via: "unix" })(broken, { "content-type": "application/json" });
    expect(failed.status).toBe(400);
    expect(await statusOf(world)).toBe("waiting_for_katello");
    expect((await send(world, get.readiness(), { via: "unix" })).text).toMatch(/"kind":"repositories"/);
    expect(await statusOf(await start({ database: world.database }))).toBe("waiting_for_katello");
  });

  test("the sync ends it, at each gateway of the database", async () => {
    const { putRepositories } = client(world, { via: "unix" });
    await putRepositories({
      body: { repositories: [{ repository: "org/public-app", auth_required: false }] },
    });
    expect((await send(world, PUBLIC)).status).toBe(200);
    expect(await statusOf(world)).toBe("ready");
    await eventually("the other gateway has heard of it", async () => {
      const { status } = await send(twin, PUBLIC);
      return status === 200;
    });
    expect(await statusOf(twin)).toBe("ready");
    expect((await send(twin, MISSING)).status).toBe(401);
  });
});

test("an empty list is a list, also to the other gateways", async () => {
  const world = await start();
  const twin = await start({ database: world.database });
  expect([await statusOf(world), await statusOf(twin)]).toEqual([
    "waiting_for_katello",
    "waiting_for_katello",
  ]);
  await client(world, { via: "unix" }).putRepositories({ body: { repositories: [] } });
  expect(await statusOf(world)).toBe("ready");
  await eventually("the other gateway has heard of it", async () => (await statusOf(twin)) === "ready");
  expect((await send(twin, MISSING)).status).toBe(401);
  expect((await send(twin, get.catalog(), { token: "unauthenticated" })).text).toBe('{"repositories":[]}');
});

test("repositories that the plugin has left are a list", async () => {
  const database = await createDatabase();
  await query(database, "INSERT INTO repositories (name, auth_required) VALUES ('org/public-app', false)");
  const world = await start({ database });
  expect(await statusOf(world)).toBe("ready");
  expect((await send(world, PUBLIC)).status).toBe(200);
});

test("a repository that was granted before it is listed is no list", async () => {
  const database = await createDatabase();
  await query(
    database,
    "INSERT INTO repositories (name, auth_required, listed) VALUES ('org/app', true, false)",
  );
  expect(await statusOf(await start({ database }))).toBe("waiting_for_katello");
});

test("serve_before_first_sync serves as if the list were empty", async () => {
  const world = await start({ settings: { serve_before_first_sync: true } });
  expect(await statusOf(world)).toBe("ready");
  expect((await send(world, PUBLIC)).status).toBe(401);
});
