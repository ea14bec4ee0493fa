import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { type Call, put } from "../support/operations.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ listed: false });
});
afterEach(async () => {
  await world.sql(
    "TRUNCATE repositories, repositories_users, users, hosts, hosts_repositories, pushes CASCADE",
  );
});
afterAll(async () => {
  await world.stop();
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };

const FOREMAN = { via: "https", certificate: "foreman", prefix: "/container_gateway" } as const;

async function push(sync: Call) {
  const answer = await caller(world, FOREMAN)(sync);
  return { status: answer.status, body: JSON.parse(answer.text) };
}

const OK = { status: 200, body: {} };
const entry = (repository: string, auth_required = true) => ({ repository, auth_required });
const list = (...names: string[]) =>
  push(put.repositories({ repositories: names.map((name) => entry(name)) }));
const column = (text: string) => async () => (await world.sql<{ v: string }>(text)).map(({ v }) => v);
const repositories = column(
  `SELECT name || ' ' || auth_required AS v FROM repositories WHERE listed ORDER BY name COLLATE "C"`,
);
const hosts = column("SELECT uuid AS v FROM hosts ORDER BY 1");
const userGrants = column(
  `SELECT u.name || ' ' || r.name AS v FROM repositories_users JOIN users u ON u.id = user_id
   JOIN repositories r ON r.id = repository_id AND r.listed ORDER BY u.name COLLATE "C", r.name COLLATE "C"`,
);
const hostGrants = column(
  `SELECT h.uuid || ' ' || r.name AS v FROM hosts_repositories JOIN hosts h ON h.id = host_id
   JOIN repositories r ON r.id = repository_id AND r.listed ORDER BY 1`,
);
const lastPush = async (kind: string) =>
  (
    await world.sql(
      "SELECT entries, inserted, deleted, invalid, unknown FROM pushes WHERE kind = $1 ORDER BY id DESC LIMIT 1",
      [kind],
    )
  )[0];

describe("the list of repositories", () => {
  test("is stored from Katello's exact body", async () => {
    const body =
      "repositories[][repository]=a%2Fb&repositories[][auth_required]=false&repositories[][repository]=c&repositories[][auth_required]=true";
    expect(await push(put.repositories(body))).toEqual(OK);
    expect(await repositories()).toEqual(["a/b false", "c true"]);
  });

  test("removes missing repositories with their grants, and keeps the rest", async () => {
    await list("a", "b");
    await push(put.userGrants({ users: [{ alice: [entry("a"), entry("b")] }] }));
    expect(await list("b", "c")).toEqual(OK);
    expect(await userGrants()).toEqual(["alice b"]);
  });

  test("may be empty, as a key without a value", async () => {
    await list("a");
    expect(await push(put.repositories("repositories"))).toEqual(OK);
    expect(await repositories()).toEqual([]);
  });

  test("accepts auth_required in any case, and applies the stricter of two entries", async () => {
    const body =
      "repositories[][repository]=a&repositories[][auth_required]=False&repositories[][repository]=a&repositories[][auth_required]=TRUE";
    expect(await push(put.repositories(body))).toEqual(OK);
    expect(await repositories()).toEqual(["a true"]);
  });

  test("opens and closes a repository immediately", async () => {
    await push(put.repositories({ repositories: [entry("org/public-app", true)] }));
    const pull = () => pullStatus(world, {}, "org/public-app");
    expect(await pull()).toBe(401);
    await push(put.repositories({ repositories: [entry("org/public-app", false)] }));
    expect(await pull()).toBe(200);
  });

  test("skips invalid entries and counts them", async () => {
    const body =
      "repositories[][repository]=good&repositories[][auth_required]=true&repositories[][repository]=..%2Fbad&repositories[][auth_required]=true&repositories[][repository]=odd&repositories[][auth_required]=maybe";
    expect(await push(put.repositories(body))).toEqual(OK);
    expect(await repositories()).toEqual(["good true"]);
    expect(await lastPush("repositories")).toEqual({
      entries: 3,
      inserted: 1,
      deleted: 0,
      invalid: 2,
      unknown: 0,
    });
  });

  test("with invalid entries only is rejected, and changes nothing", async () => {
    await list("a");
    const { status } = await push(put.repositories({ repositories: [entry("../x")] }));
    expect(status).toBe(400);
    expect(await repositories()).toEqual(["a true"]);
  });

  test("can be JSON", async () => {
    const { response } = await client(world, { via: "unix" }).putRepositories({
      body: { repositories: [{ repository: "j", auth_required: false }] },
    });
    expect(response.status).toBe(200);
    expect(await repositories()).toEqual(["j false"]);
  });
});

describe("the mapping of users", () => {
  test("grants private repositories to users, in any case and new ones included", async () => {
    await list("r1", "r2");
    const body =
      "users[][alice][][repository]=r1&users[][alice][][auth_required]=true&users[][alice][][repository]=r2&users[][alice][][auth_required]=false&users[][bob]";
    expect(await push(put.userGrants(body))).toEqual(OK);
    expect(await userGrants()).toEqual(["alice r1"]);
    await push(put.userGrants({ users: [{ ALICE: [entry("r2")] }] }));
    expect(await userGrants()).toEqual(["alice r2"]);
  });

  test("accepts repeated users, special characters, and repositories that are not listed", async () => {
    await list("r1", "r2");
    const users = [{ "a[b] c/d": [entry("r1")] }, { "a[b] c/d": [entry("r2"), entry("nowhere")] }];
    expect(await push(put.userGrants({ users }))).toEqual(OK);
    expect(await userGrants()).toEqual(["a[b] c/d r1", "a[b] c/d r2"]);
    expect(await lastPush("user_grants")).toMatchObject({ entries: 3, inserted: 3, unknown: 1 });
  });

  test("withdraws grants that it omits", async () => {
    await list("r1");
    await push(put.userGrants({ users: [{ alice: [entry("r1")] }, { bob: [entry("r1")] }] }));
    await push(put.userGrants({ users: [{ alice: [entry("r1")] }] }));
    expect(await userGrants()).toEqual(["alice r1"]);
    await push(put.userGrants("users"));
    expect(await userGrants()).toEqual([]);
  });

  test("keeps the grants of users who logged in after Katello's request for the users", async () => {
    await list("org/private-app");
    await client(world, { via: "unix" }).getUsers();
    await tokenOf(world, "alice:secret");
    await push(put.userGrants("users"));
    expect(await userGrants()).toEqual(["alice org/private-app"]);
    await client(world, { via: "unix" }).getUsers();
    await push(put.userGrants("users"));
    expect(await userGrants()).toEqual([]);
  });
});

describe("hosts", () => {
  test("are replaced by the list", async () => {
    expect(await push(put.hosts("hosts[][uuid]=u-1&hosts[][uuid]&hosts[][uuid]=u-2"))).toEqual(OK);
    expect(await hosts()).toEqual(["u-1", "u-2"]);
    expect(await push(put.hosts("hosts[][uuid]=u-2&hosts[][uuid]=u-3&hosts[][uuid]=u-3"))).toEqual(OK);
    expect(await hosts()).toEqual(["u-2", "u-3"]);
    expect(await push(put.hosts("hosts"))).toEqual(OK);
    expect(await hosts()).toEqual([]);
  });

  test("get their grants from a mapping", async () => {
    await list("r1", "r2");
    expect(await push(put.hostGrants({ hosts: [{ "u-1": [entry("r1")] }, { "u-2": [] }] }))).toEqual(OK);
    expect(await hostGrants()).toEqual(["u-1 r1"]);
    expect(await push(put.hostGrants({ hosts: [{ "u-2": [entry("r2")] }] }))).toEqual(OK);
    expect(await hostGrants()).toEqual(["u-2 r2"]);
  });

  test("get their grants one by one, without a change to others", async () => {
    await list("r1", "r2");
    await push(put.hostGrants({ hosts: [{ "u-1": [entry("r1")] }] }));
    expect(await push(put.oneHostGrants({ hosts: [{ "u-9": [entry("r2")] }] }))).toEqual(OK);
    expect(await hostGrants()).toEqual(["u-1 r1", "u-9 r2"]);
    expect(await push(put.oneHostGrants("hosts[][u-9]"))).toEqual(OK);
    expect(await hostGrants()).toEqual(["u-1 r1"]);
  });
});

test("a repeated sync writes no row", async () => {
  const sync = async () => {
    await push(put.repositories({ repositories: [entry("r1"), entry("r2", false)] }));
    await push(put.userGrants({ users: [{ alice: [entry("r1")] }, { bob: [] }] }));
    await push(put.hosts({ hosts: [{ uuid: "u-1" }] }));
    await push(put.hostGrants({ hosts: [{ "u-1": [entry("r1")] }] }));
  };
  const versions = () =>
    world.sql(`SELECT 'r', xmin::text, xmax::text, ctid::text FROM repositories UNION ALL SELECT 'u', xmin::text, xmax::text, ctid::text FROM users
      UNION ALL SELECT 'h', xmin::text, xmax::text, ctid::text FROM hosts UNION ALL SELECT 'ru', xmin::text, xmax::text, ctid::text FROM repositories_users
      UNION ALL SELECT 'hr', xmin::text, xmax::text, ctid::text FROM hosts_repositories ORDER BY 1, 4`);
  await sync();
  const before = await versions();
  expect(before).toHaveLength(7);
  await sync();
  expect(await versions()).toEqual(before);
});

test("concurrent syncs leave the state of one of them", async () => {
  await Promise.all(
    Array.from({ length: 10 }, (_, index) => list(...(index % 2 === 0 ? ["a", "b"] : ["b", "c"]))),
  );
  expect([
    ["a true", "b true"],
    ["b true", "c true"],
  ]).toContainEqual(await repositories());
});

describe("a malformed sync", () => {
  const foreman = { via: "https", certificate: "foreman" } as const;
  const malformed = (
    when: string,
    body: string,
    status: number,
    says: RegExp,
    headers: Record<string, string> = FORM,
  ) => ({
    when,
    as: foreman,
    call: raw("PUT /container_gateway/repository_list/", body, headers),
    status,
    says,
  });
  const lines = [
    malformed("no body at all", "", 400, /repositories/),
    malformed("an unknown key", "x=1", 400, /place/),
    malformed("a malformed percent", "repositories[][repository]=%zz", 400, /place":\d+/),
    malformed("invalid UTF-8", "repositories[][repository]=%ff", 400, /place/),
    malformed("another shape", "repositories[a][b][c]=1", 400, /place/),
    malformed("hosts where repositories belong", "hosts[][uuid]=1", 400, /repositories/),
    malformed("text", "hello", 415, /content type|application/i, { "content-type": "text/plain" }),
    malformed("no content type", "repositories", 415, /./, {}),
    malformed("broken JSON", "{", 400, /JSON/, { "content-type": "application/json" }),
    malformed(
      "16 MiB of JSON",
      `{"repositories":[${" ".repeat(16 * 1024 ** 2)}]}`,
      413,
      /send it as a form/,
      {
        "content-type": "application/json",
      },
    ),
    malformed("JSON of another shape", '{"repositories":{}}', 400, /repositories/, {
      "content-type": "application/json",
    }),
  ];
  testLines(() => world, lines);

  test("changes nothing, not even in part", async () => {
    await list("kept");
    const good = "repositories[][repository]=new&repositories[][auth_required]=true";
    expect((await push(put.repositories(`${good}&${good.replaceAll("new", "%zz")}`))).status).toBe(400);
    expect(await repositories()).toEqual(["kept true"]);
  });
});
