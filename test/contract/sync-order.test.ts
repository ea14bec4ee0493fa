import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { encodeForm, type FormValue } from "../../src/client/forms.ts";
import { unwrap } from "../../src/client/index.ts";
import { caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get, put } from "../support/operations.ts";

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
  await world.stop();
});

const idOf = (sync?: string): Record<string, string> => (sync === undefined ? {} : { "x-request-id": sync });
/** @param sync the request id, which all calls of one sync share */
async function push(call: Call, sync?: string): Promise<void> {
  const { status } = await caller(world, { via: "unix", prefix: "/container_gateway" })(call, idOf(sync));
  expect(status).toBe(200);
}

const entry = (repository: string) => ({ repository, auth_required: true });
const list = (...names: string[]) => push(put.repositories({ repositories: names.map(entry) }));
const APP = "org/private-app";
const pull = (token: string, repository = APP, gateway = world) => pullStatus(gateway, { token }, repository);
const catalog = async (token: string) => (await unwrap(client(world, { token }).getCatalog())).repositories;

/** A token of a user without grants in Katello. */
async function tokenWithoutGrants(): Promise<string> {
  world.katello.setUser("carla", { password: "secret", repositories: [] });
  return tokenOf(world, "carla:secret");
}

describe("a repository that is granted before it is listed", () => {
  test.each([
    ["user", () => push(put.userGrants({ users: [{ carla: [entry(APP)] }] }))],
    ["user, in other case", () => push(put.userGrants({ users: [{ CARLA: [entry(APP)] }] }))],
  ])("is hidden until it is listed, and then open to its %s", async (_, grant) => {
    await list("other");
    const token = await tokenWithoutGrants();
    await client(world, { via: "unix" }).getUsers();
    await grant();
    expect(await pull(token)).toBe(404);
    expect(await catalog(token)).toEqual([]);
    await list("other", APP);
    expect(await pull(token)).toBe(200);
    expect(await catalog(token)).toEqual([APP]);
  });

  test("is open to a user whose login granted it", async () => {
    world.katello.setUser("carla", { password: "secret", repositories: [APP] });
    const token = await tokenOf(world, "carla:secret");
    expect(await pull(token)).toBe(404);
    await list(APP);
    expect(await pull(token)).toBe(200);
  });

  test.each(["hostGrants", "oneHostGrants"] as const)("is open to a host of %s", async (mapping) => {
    await push(put[mapping]({ hosts: [{ "u-1": [entry(APP)] }] }));
    await list(APP);
    const rows = await world.sql(
      "SELECT uuid, name FROM hosts_repositories JOIN hosts h ON h.id = host_id JOIN repositories r ON r.id = repository_id",
    );
    expect(rows).toEqual([{ uuid: "u-1", name: APP }]);
  });

  test("loses the grant with a later mapping, and is deleted with its last grant", async () => {
    await push(put.hostGrants({ hosts: [{ "u-1": [entry(APP)] }] }));
    await list("other");
    expect(await world.sql("SELECT name, listed FROM repositories ORDER BY 1")).toEqual([
      { name: APP, listed: false },
      { name: "other", listed: true },
    ]);
    await push(put.hostGrants({ hosts: [{ "u-1": [] }] }));
    await list("other");
    expect(await world.sql("SELECT name FROM repositories")).toEqual([{ name: "other" }]);
  });

  test("has no grants when it is listed a second time", async () => {
    await list(APP);
    const token = await tokenWithoutGrants();
    await client(world, { via: "unix" }).getUsers();
    await push(put.userGrants({ users: [{ carla: [entry(APP)] }] }));
    expect(await pull(token)).toBe(200);
    await list("other");
    expect(await pull(token)).toBe(404);
    await list(APP);
    expect(await pull(token)).toBe(404);
    expect(await world.sql("SELECT * FROM repositories_users")).toEqual([]);
  });
});

describe("hosts that are no longer listed", () => {
  test("lose their grants", async () => {
    await list(APP);
    await push(put.hostGrants({ hosts: [{ "u-1": [entry(APP)] }, { "u-2": [entry(APP)] }] }));
    await push(put.hosts({ hosts: [{ uuid: "u-2" }] }));
    expect(await world.sql("SELECT count(*)::int AS grants FROM hosts_repositories")).toEqual([
      { grants: 1 },
    ]);
  });
});

/** Milliseconds between two syncs that count as successive: the way to PostgreSQL is part of the time of arrival. */
const APART = 300;

/** Begins a sync; returns a function that sends its body. */
async function begin(path: string, body: { readonly [name: string]: FormValue }) {
  const text = encodeForm(body);
  const sent = request({
    socketPath: world.socket,
    method: "PUT",
    path: `/container_gateway/${path}/`,
    headers: { "content-type": "application/x-www-form-urlencoded", expect: "100-continue" },
  });
  const answered = once(sent, "response");
  sent.flushHeaders();
  await once(sent, "continue");
  await sleep(APART);
  return async (): Promise<void> => {
    sent.end(text);
    const [response]: IncomingMessage[] = await answered;
    response?.resume();
    expect(response?.statusCode).toBe(200);
  };
}

const column = (text: string) => async () => (await world.sql<{ v: string }>(text)).map(({ v }) => v);
const hostGrants = column(
  `SELECT h.uuid || ' ' || r.name AS v FROM hosts_repositories JOIN hosts h ON h.id = host_id
     JOIN repositories r ON r.id = repository_id ORDER BY 1`,
);
const userGrants = column(
  `SELECT u.name || ' ' || r.name AS v FROM repositories_users JOIN users u ON u.id = user_id
     JOIN repositories r ON r.id = repository_id ORDER BY 1`,
);
const listed = column("SELECT name AS v FROM repositories WHERE listed ORDER BY 1");
const hosts = column("SELECT uuid AS v FROM hosts ORDER BY 1");
const askForUsers = (sync?: string) => caller(world, { via: "unix" })(get.users(), idOf(sync));
const ofHosts = (grants: { readonly [uuid: string]: readonly string[] }) => ({
  hosts: Object.entries(grants).map(([uuid, names]) => ({ [uuid]: names.map(entry) })),
});

describe("a sync that arrives earlier and ends later", () => {
  const older = { repositories: ["old", "kept"].map(entry) };
  test.each([
    {
      path: "repository_list",
      first: older,
      again: put.repositories(older),
      second: put.repositories({ repositories: ["new", "kept"].map(entry) }),
      state: listed,
    },
    {
      path: "user_repository_mapping",
      first: { users: [{ alice: [entry("old")] }] },
      again: put.userGrants({ users: [{ alice: [entry("old")] }] }),
      second: put.userGrants({ users: [{ alice: [entry("new")] }] }),
      state: userGrants,
    },
    {
      path: "update_hosts",
      first: { hosts: [{ uuid: "u-1" }] },
      again: put.hosts({ hosts: [{ uuid: "u-1" }] }),
      second: put.hosts({ hosts: [{ uuid: "u-2" }] }),
      state: hosts,
    },
    {
      path: "host_repository_mapping",
      first: ofHosts({ "u-1": ["old"] }),
      again: put.hostGrants(ofHosts({ "u-1": ["old"] })),
      second: put.hostGrants(ofHosts({ "u-1": ["new"] })),
      state: hostGrants,
    },
    {
      path: "update_host_repositories",
      first: ofHosts({ "u-1": ["old"] }),
      again: put.oneHostGrants(ofHosts({ "u-1": ["old"] })),
      second: put.oneHostGrants(ofHosts({ "u-1": ["new"] })),
      state: hostGrants,
    },
  ])("does not change the result of a later $path", async ({ path, first, again, second, state }) => {
    const finish = await begin(path, first);
    await push(second);
    const after = await state();
    await finish();
    expect(await state()).toEqual(after);
    await push(again);
    expect(await state()).not.toEqual(after);
  });

  test("is recorded as outdated", async () => {
    const finish = await begin("repository_list", { repositories: [entry("old")] });
    await list("new");
    await finish();
    expect(await world.sql("SELECT outcome, inserted FROM pushes ORDER BY id")).toEqual([
      { outcome: "done", inserted: 1 },
      { outcome: "outdated: a newer sync has been applied", inserted: 0 },
    ]);
  });

  test("of all hosts keeps the newer mapping of one host", async () => {
    await push(put.hostGrants(ofHosts({ "u-1": ["old"], "u-2": [] })));
    const finish = await begin("host_repository_mapping", ofHosts({ "u-1": ["old"], "u-2": ["old"] }));
    await push(put.oneHostGrants(ofHosts({ "u-1": ["new"], "u-9": ["new"] })));
    await finish();
    expect(await hostGrants()).toEqual(["u-1 new", "u-2 old", "u-9 new"]);
    await push(put.hostGrants(ofHosts({ "u-1": ["old"] })));
    expect(await hostGrants()).toEqual(["u-1 old"]);
  });

  test("of one host does not change the newer mapping of all hosts", async () => {
    const finish = await begin("update_host_repositories", ofHosts({ "u-1": ["old"] }));
    await push(put.hostGrants(ofHosts({ "u-1": ["new"] })));
    await finish();
    expect(await hostGrants()).toEqual(["u-1 new"]);
  });

  test("of the hosts keeps a host that was mapped in the meantime", async () => {
    const finish = await begin("update_hosts", { hosts: [{ uuid: "u-1" }] });
    await push(put.oneHostGrants(ofHosts({ "u-9": ["new"] })));
    await finish();
    expect(await hosts()).toEqual(["u-1", "u-9"]);
    expect(await hostGrants()).toEqual(["u-9 new"]);
    await push(put.hosts({ hosts: [{ uuid: "u-1" }] }));
    expect(await hosts()).toEqual(["u-1"]);
  });

  test("of all users keeps the grants of a newer login", async () => {
    await list("old", "new");
    const mapping = { users: [{ carla: [entry("old")] }, { bob: [entry("old")] }] };
    await askForUsers();
    const finish = await begin("user_repository_mapping", mapping);
    world.katello.setUser("carla", { password: "secret", repositories: ["new"] });
    await tokenOf(world, "carla:secret");
    await finish();
    expect(await userGrants()).toEqual(["bob old", "carla new"]);
    await push(put.userGrants(mapping));
    expect(await userGrants()).toEqual(["bob old", "carla old"]);
  });

  test("is applied even if the database's clock was set back", async () => {
    await push(put.hostGrants(ofHosts({ "u-1": ["old"] })));
    await push(put.oneHostGrants(ofHosts({ "u-1": ["old"] })));
    await world.sql("UPDATE pushes SET at = at + interval '1 hour'");
    await world.sql("UPDATE hosts SET granted_at = granted_at + interval '1 hour'");
    await push(put.hostGrants(ofHosts({ "u-1": ["new"] })));
    expect(await hostGrants()).toEqual(["u-1 new"]);
  });
});

describe("two overlapping syncs", () => {
  test("keep the grants of a user who logged in between their requests for the users", async () => {
    await list("app");
    world.katello.setUser("carla", { password: "secret", repositories: ["app"] });
    await askForUsers();
    await tokenOf(world, "carla:secret");
    await askForUsers();
    await push(put.userGrants({ users: [{ alice: [entry("app")] }] }));
    expect(await userGrants()).toEqual(["alice app", "carla app"]);
    await push(put.userGrants({ users: [{ carla: [entry("app")] }] }));
    expect(await userGrants()).toEqual(["carla app"]);
    await push(put.userGrants({ users: [{ alice: [entry("app")] }] }));
    expect(await userGrants()).toEqual(["alice app"]);
  });

  test("keep them in either order of their mappings", async () => {
    await list("app");
    world.katello.setUser("carla", { password: "secret", repositories: ["app"] });
    await askForUsers("first");
    await tokenOf(world, "carla:secret");
    await askForUsers("second");
    await push(put.userGrants({ users: [{ carla: [entry("app")] }] }), "second");
    const alice = { users: [{ alice: [entry("app")] }] };
    await push(put.userGrants(alice), "first");
    expect(await userGrants()).toEqual(["alice app", "carla app"]);
    await askForUsers("third");
    await push(put.userGrants(alice), "third");
    expect(await userGrants()).toEqual(["alice app"]);
  });
});

describe("syncs of one click, which share a request id", () => {
  const alice = { users: [{ alice: [entry("app")] }] };
  const map = (sync: string, body = alice) => push(put.userGrants(body), sync);

  beforeEach(async () => {
    await list("app");
    world.katello.setUser("carla", { password: "secret", repositories: ["app"] });
  });

  test("keep the grants of a user who logged in between their requests for the users, in any order", async () => {
    await askForUsers("click");
    await askForUsers("click");
    await tokenOf(world, "carla:secret");
    await askForUsers("click");
    await map("click");
    expect(await userGrants()).toEqual(["alice app", "carla app"]);
    await map("click");
    expect(await userGrants()).toEqual(["alice app", "carla app"]);
    // The third sync never maps; the next click corrects the kept grants.
    await askForUsers("next");
    await map("next");
    expect(await userGrants()).toEqual(["alice app"]);
  });

  test("count from their own request for the users after a task is resumed days later", async () => {
    await askForUsers("click");
    await map("click");
    await world.sql("UPDATE pushes SET at = at - interval '3 days'");
    await tokenOf(world, "carla:secret");
    await askForUsers("click");
    await map("click");
    expect(await userGrants()).toEqual(["alice app"]);
  });

  test("count a failed mapping, too", async () => {
    await askForUsers("click");
    const refused = await caller(world, { via: "unix" })(put.userGrants("nonsense=1"), idOf("click"));
    expect(refused.status).toBe(400);
    await tokenOf(world, "carla:secret");
    await askForUsers("click");
    await map("click");
    expect(await userGrants()).toEqual(["alice app"]);
  });

  test("never refuse a granted user whom a mapping left out", async () => {
    await tokenOf(world, "carla:secret");
    await list("app", APP);
    world.katello.setUser("carla", { password: "secret", repositories: [APP] });
    const token = await tokenOf(world, "carla:secret");
    await eventually("she is granted it", async () => (await userGrants()).includes(`carla ${APP}`));
    await askForUsers("other");
    await map("other");
    expect(await userGrants()).not.toContain(`carla ${APP}`);
    expect(await pull(token)).toBe(200);
    expect(await userGrants()).toContain(`carla ${APP}`);
    // Katello gets one request about the user, and none about later refusals.
    world.katello.clearRequests();
    await list("app", APP, "org/other-app");
    for (let time = 0; time < 3; time += 1) expect(await pull(token, "org/other-app")).toBe(404);
    expect(world.katello.requests).toEqual([]);
    // A user whom Katello no longer knows loses the token, too.
    await askForUsers("third");
    await map("third");
    world.katello.setUser("carla", undefined);
    expect(await pull(token)).toBe(404);
    expect(await pull(token)).toBe(401);
  });
});

describe("a sync of repositories", () => {
  const OTHER = "org/other-app";

  test("takes effect at all gateways when it is committed, not before", async () => {
    const there = await startTestGateway({ database: world.database, listed: false });
    const blocker = new pg.Client({ connectionString: world.database });
    await blocker.connect();
    try {
      await list(APP, OTHER);
      world.katello.setUser("carla", { password: "secret", repositories: [APP, OTHER] });
      const token = await tokenOf(world, "carla:secret");
      const pulls = () =>
        Promise.all(
          [world, there].flatMap((gateway) => [pull(token, APP, gateway), pull(token, OTHER, gateway)]),
        );
      const open = [200, 200, 200, 200];
      await eventually("both let her in from memory", async () => String(await pulls()) === String(open));

      const finish = await begin("repository_list", { repositories: [entry(OTHER)] });
      expect(await pulls()).toEqual(open);

      // All but its record is written.
      await blocker.query("BEGIN; LOCK TABLE pushes IN SHARE MODE");
      const finished = finish();
      await eventually("it is about to be recorded", async () => {
        const waiting = await world.sql(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO pushes%'",
        );
        return waiting.length === 1;
      });
      expect(await pulls()).toEqual(open);

      await blocker.query("COMMIT");
      await finished;
      expect(await pull(token)).toBe(404);
      await eventually("it is closed there, too", async () => (await pull(token, APP, there)) === 404);
      expect(await pulls()).toEqual([404, 200, 404, 200]);
    } finally {
      await blocker.end();
      await there.stop();
    }
  });
});
