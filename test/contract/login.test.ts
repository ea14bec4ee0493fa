import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { pino } from "pino";
import { caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get, head, postToken } from "../support/operations.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterEach(() => {
  world.katello.clearRequests();
});
afterAll(async () => {
  await world.stop();
});

const alice = { basic: "alice:secret" };
const anonymous = { token: "unauthenticated", access_token: "unauthenticated" };
const pull = get.manifest("org/private-app", "1.0");
const checksum = (token: string) => createHash("sha256").update(token).digest("hex");
const grantsOf = async (user: string) =>
  (
    await world.sql<{ name: string }>(
      `SELECT r.name FROM repositories_users JOIN users u ON u.id = user_id JOIN repositories r ON r.id = repository_id AND r.listed
        WHERE u.name = $1 ORDER BY 1`,
      [user],
    )
  ).map(({ name }) => name);

describe("GET /v2/token", () => {
  testLines(
    () => world,
    [
      {
        when: "an anonymous caller",
        call: get.token(),
        status: 200,
        json: anonymous,
        answers: { "cache-control": "no-store" },
      },
      {
        when: "an anonymous caller, for a private repository",
        call: get.token({ scope: ["repository:org/private-app:pull"], service: "x" }),
        status: 200,
        json: anonymous,
      },
      {
        when: "an anonymous caller with account=alice",
        call: get.token({ account: "alice" }),
        status: 200,
        json: anonymous,
      },
      {
        when: "the anonymous token",
        as: { token: "unauthenticated" },
        call: get.token(),
        status: 200,
        json: anonymous,
      },
      {
        when: "a wrong password",
        as: { basic: "alice:wrong" },
        call: get.token(),
        status: 401,
        code: "UNAUTHORIZED",
        challenge: "",
      },
      {
        when: "an unknown user",
        as: { basic: "carol:secret" },
        call: get.token(),
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown token",
        as: { token: "x" },
        call: get.token(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "Basic without a colon",
        as: { basic: "alice" },
        call: get.token(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "Basic with an empty name",
        as: { basic: ":secret" },
        call: get.token(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "Basic with a NUL",
        as: { basic: "al\0ice:secret" },
        call: get.token(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "Basic with letters that Ruby ignores, and others read as part of the name",
        headers: { authorization: "Basic Y---m9-iOmh-1bnRl--cjI" },
        call: get.token(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "two Authorization headers",
        call: raw("GET /v2/token", undefined, { authorization: ["Basic YWxpY2U6c2VjcmV0", "Bearer x"] }),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "repeated and excessive scopes",
        as: alice,
        call: get.token({
          scope: ["repository:a:push,pull", "repository:a:push,pull", "registry:catalog:*"],
          client_id: "x",
          offline_token: "true",
          service: "s",
        }),
        status: 200,
      },
      {
        when: "HEAD",
        as: alice,
        call: head.token(),
        status: 200,
        answers: { "content-type": "application/json" },
      },
      {
        when: "below /container_gateway",
        as: alice,
        call: raw("GET /container_gateway/v2/token/"),
        status: 200,
      },
    ],
  );
});

describe("a login", () => {
  test("returns token, access_token and expires_in, and neither issued_at nor refresh_token", async () => {
    const { data } = await client(world, alice).getToken();
    expect(Object.keys(data ?? {}).sort()).toEqual(["access_token", "expires_in", "token"]);
    expect(data?.access_token).toBe(data?.token);
    expect(data?.expires_in).toBeGreaterThan(1);
  });

  test("fetches the grants of the user from Katello", async () => {
    await tokenOf(world, "alice:secret");
    expect(await grantsOf("alice")).toEqual(["org/private-app", "org/public-app"]);
    world.katello.setUser("alice", { password: "secret", repositories: ["org/other-app", "org/not-listed"] });
    const token = await tokenOf(world, "alice:secret");
    await eventually(
      "the new grants are stored",
      async () => String(await grantsOf("alice")) === "org/other-app",
    );
    expect(await pullStatus(world, { token })).toBe(404);
    world.katello.setUser("alice", {
      password: "secret",
      repositories: ["org/public-app", "org/private-app"],
    });
  });

  test("stores only the SHA-256 of the token", async () => {
    const token = await tokenOf(world, "alice:secret");
    const rows = await world.sql<{ token_checksum: string }>(
      "SELECT token_checksum FROM authentication_tokens",
    );
    expect(rows).toContainEqual({ token_checksum: checksum(token) });
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("belongs to the user whom Katello authenticated, whatever the account parameter", async () => {
    const { data } = await client(world, alice).getToken({ params: { query: { account: "bob" } } });
    const [row] = await world.sql(
      "SELECT u.name FROM authentication_tokens JOIN users u ON u.id = user_id WHERE token_checksum = $1",
      [checksum(data?.token ?? "")],
    );
    expect(row).toEqual({ name: "alice" });
    expect(world.katello.requests[0]?.url).toBe("/v2/token?account=alice");
    expect(await grantsOf("bob")).toEqual([]);
  });

  test("never uses a HostUUID header of a client", async () => {
    const headers = { hostuuid: "6a0b2c5e-0f5c-4f43-9d1c-4f2b9d0e7a11" };
    const answer = await caller(world)(get.token(), headers);
    expect(JSON.parse(answer.text)).toMatchObject(anonymous);
    await caller(world, alice)(get.token(), headers);
    expect(world.katello.requests.length).toBeGreaterThan(0);
    for (const request of world.katello.requests) expect(request.headers).not.toHaveProperty("hostuuid");
    expect((await caller(world)(pull, headers)).status).toBe(401);
  });

  test("in other case is the same user, whom GET /users lists in every spelling", async () => {
    await tokenOf(world, "Alice:secret");
    const { data } = await client(world, { via: "unix" }).getUsers();
    expect(data?.users).toEqual(["Alice", "alice"]);
    await tokenOf(world, "aLICE:secret");
    expect((await client(world, { via: "unix" }).getUsers()).data?.users).toEqual([
      "Alice",
      "aLICE",
      "alice",
    ]);
    expect(await world.sql("SELECT name FROM users WHERE folded_name = 'alice'")).toEqual([
      { name: "aLICE" },
    ]);
    await tokenOf(world, "alice:secret");
  });

  test.each([
    ["İvan", "ivan"],
    ["ασ", "ας"],
  ])(
    "of %s and one of %s, which differ in Foreman, are two users with their own grants",
    async (one, other) => {
      world.katello.setUser(one, { password: "x", repositories: ["org/private-app"] });
      world.katello.setUser(other, { password: "x", repositories: ["org/other-app"] });
      const tokens = [await tokenOf(world, `${one}:x`), await tokenOf(world, `${other}:x`)];
      expect([await grantsOf(one), await grantsOf(other)]).toEqual([["org/private-app"], ["org/other-app"]]);
      const mapped = (repository: string) => [{ repository, auth_required: true }];
      await client(world, { via: "unix" }).putUserGrants({
        body: { users: [{ [one]: mapped("org/private-app") }, { [other]: mapped("org/other-app") }] },
      });
      expect([await grantsOf(one), await grantsOf(other)]).toEqual([["org/private-app"], ["org/other-app"]]);
      for (const [index, status] of [200, 404].entries()) {
        const send = caller(world, { token: tokens[index] ?? "" });
        expect((await send(pull)).status).toBe(status);
      }
    },
  );

  test("sends Katello the client's address and the request id, but no certificate and no added scope", async () => {
    await caller(world, alice)(get.token(), { "x-request-id": "login-1" });
    await eventually("the grants were asked for", () => world.katello.requests.length === 2);
    expect(
      world.katello.requests.map(({ client, url, headers }) => [
        client,
        url,
        headers["x-request-id"],
        headers["x-forwarded-for"],
      ]),
    ).toEqual([
      [undefined, "/v2/token?account=alice", "login-1", "127.0.0.1"],
      [undefined, "/v2/_catalog", "login-1", "127.0.0.1"],
    ]);
  });

  test("of a user with cached grants waits for the token only", async () => {
    const told = async () =>
      (await world.sql<{ at: string }>("SELECT granted_at::text AS at FROM users WHERE name = 'vera'"))[0]
        ?.at;
    world.katello.setUser("vera", { password: "x", repositories: ["org/private-app"] });
    // The first login waits for the grants.
    await tokenOf(world, "vera:x");
    const before = await told();
    expect(before).toBeDefined();
    world.katello.delay = 300;
    try {
      const token = await tokenOf(world, "vera:x");
      expect(await told()).toBe(before);
      expect(await pullStatus(world, { token })).toBe(200);
    } finally {
      world.katello.delay = 0;
    }
    await eventually("what Katello tells now is stored", async () => (await told()) !== before);
  });

  test("with newer grants in Katello is checked again before its first refusal", async () => {
    world.katello.setUser("nora", { password: "x", repositories: ["org/public-app"] });
    await tokenOf(world, "nora:x");
    world.katello.setUser("nora", { password: "x", repositories: ["org/private-app"] });
    world.katello.delay = 200;
    try {
      const token = await tokenOf(world, "nora:x");
      expect(await pullStatus(world, { token })).toBe(200);
    } finally {
      world.katello.delay = 0;
    }
  });

  test("with a token sends no request to Katello", async () => {
    const token = await tokenOf(world, "alice:secret");
    world.katello.clearRequests();
    const { data } = await client(world, { token }).getToken();
    expect(data?.token).toBe(token);
    expect(world.katello.requests).toEqual([]);
  });

  test("of twenty concurrent requests creates one user and one token", async () => {
    world.katello.setUser("dora", { password: "x", repositories: ["org/private-app"] });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf(world, "dora:x")));
    expect(new Set(tokens).size).toBe(1);
    expect(await world.sql("SELECT count(*)::int AS n FROM users WHERE name = 'dora'")).toEqual([{ n: 1 }]);
    expect(await grantsOf("dora")).toEqual(["org/private-app"]);
  });
});

test("a login does not wait for a sync that holds the user's row", async () => {
  await tokenOf(world, "alice:secret");
  const sync = new pg.Client({ connectionString: world.database });
  await sync.connect();
  try {
    await sync.query("BEGIN");
    await sync.query("SELECT FROM users WHERE name = 'alice' FOR NO KEY UPDATE");
    expect(await tokenOf(world, "alice:secret")).not.toBe("");
  } finally {
    await sync.end();
  }
});

describe("a token expires", () => {
  test("at its expiry time", async () => {
    const token = await tokenOf(world, "alice:secret");
    expect(await pullStatus(world, { token })).toBe(200);
    await world.sql(
      "UPDATE authentication_tokens SET expire_at = now(); NOTIFY container_gateway, 'tokens *'",
    );
    const send = () => caller(world, { token })(pull);
    await eventually("the token is refused", async () => (await send()).status === 401);
    const { headers } = await send();
    expect(headers["www-authenticate"]).toMatch('error="invalid_token"');
  });

  test("as long after its issue as Katello says, despite a wrong clock", async () => {
    const [age] = [50];
    const issued = new Date(Date.now() - age * 1000).toISOString();
    world.katello.twistNextToken({
      body: JSON.stringify({ token: "t-1", expires_in: 300, issued_at: issued }),
    });
    const { data } = await client(world, alice).getToken();
    expect(data?.expires_in).toBeGreaterThanOrEqual(300 - age - 3);
    expect(data?.expires_in).toBeLessThanOrEqual(300 - age + 1);
  });

  test.each([
    ["counted from now without issued_at", { without: ["issued_at"] as const }, 300],
    ["after a minute without expires_in", { body: JSON.stringify({ token: "t-2" }) }, 60],
  ])("%s", async (_, twist, most) => {
    world.katello.twistNextToken(twist);
    const { data } = await client(world, alice).getToken();
    expect(data?.expires_in).toBeGreaterThan(0);
    if ("body" in twist) expect(data?.expires_in).toBeGreaterThanOrEqual(most - 3);
  });
});

describe("Katello", () => {
  test.each([
    ["refuses the login", { body: JSON.stringify({ token: "unauthorized" }) }, 401],
    ["returns no token", { without: ["token"] as const }, 502],
    ["returns an HTML page", { contentType: "text/html", body: "<html>log in</html>" }, 502],
    ["fails with 500", { status: 500, body: "{}" }, 502],
    ["redirects", { status: 302, body: "" }, 502],
    [
      "issues an expired token",
      { body: JSON.stringify({ token: "t", expires_in: 1, issued_at: "2020-01-01T00:00:00Z" }) },
      502,
    ],
  ])("%s", async (_, twist, status) => {
    world.katello.twistNextToken(twist);
    const { response, error } = await client(world, alice).getToken();
    expect(response.status).toBe(status);
    expect(JSON.stringify(error)).not.toMatch(/secret|html/);
  });

  test("is down: logins get 503, and tokens stay valid", async () => {
    const other = await startTestGateway();
    try {
      const token = await tokenOf(other, "alice:secret");
      await other.katello.close();
      const { response } = await client(other, alice).getToken();
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
      expect(await pullStatus(other, { token })).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

describe("a login by form, which containerd tries first", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const password = {
    grant_type: "password",
    service: "s",
    client_id: "containerd-client",
    scope: "repository:org/private-app:pull",
  } as const;

  test("gets the same token as a login by Basic", async () => {
    const basic = await tokenOf(world, "alice:secret");
    const { status, headers, text } = await caller(world)(
      postToken({ ...password, username: "alice", password: "secret" }),
    );
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ token: basic, access_token: basic });
    expect(JSON.parse(text)).not.toHaveProperty("refresh_token");
    expect(headers["cache-control"]).toBe("no-store");
    const pulled = await caller(world, { token: basic })(pull);
    expect(pulled.status).toBe(200);
  });

  test("accepts a password with colons, spaces and non-ASCII letters", async () => {
    world.katello.setUser("émile", { password: "a:b c+é&=%", repositories: [] });
    const body = { grant_type: "password", username: "émile", password: "a:b c+é&=%" } as const;
    expect((await caller(world)(postToken(body))).status).toBe(200);
  });

  testLines(
    () => world,
    [
      {
        when: "a wrong password",
        call: postToken({ ...password, username: "alice", password: "wrong" }),
        status: 401,
        code: "UNAUTHORIZED",
        challenge: "",
      },
      {
        when: "a refresh token",
        call: postToken({ grant_type: "refresh_token", refresh_token: "x", service: "s" }),
        status: 400,
        json: { error: "unsupported_grant_type" },
      },
      {
        when: "no grant type",
        call: raw("POST /v2/token", "username=alice&password=secret", form),
        status: 400,
        json: { error: "unsupported_grant_type" },
      },
      {
        when: "no password",
        call: postToken({ ...password, username: "alice" }),
        status: 400,
        json: { error: "invalid_request" },
      },
      {
        when: "a user name with a colon",
        call: postToken({ ...password, username: "al:ice", password: "x" }),
        status: 400,
        json: { error: "invalid_request" },
      },
      {
        when: "a user name with a NUL",
        call: postToken({ ...password, username: "al\0ice", password: "x" }),
        status: 400,
        json: { error: "invalid_request" },
      },
      {
        when: "JSON",
        call: raw("POST /v2/token", '{"grant_type":"password","username":"alice","password":"secret"}'),
        headers: { "content-type": "application/json" },
        status: 400,
        json: { error: "invalid_request" },
      },
      {
        when: "a body of 100 kB",
        call: postToken({ ...password, username: "alice", password: "x".repeat(100_000) }),
        status: 413,
        code: "SIZE_INVALID",
      },
    ],
  );

  test("never logs its password", async () => {
    const lines: string[] = [];
    const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
    const loud = await startTestGateway({ log });
    try {
      const send = caller(loud);
      for (const secret of ["planted-1", "planted-2"]) {
        loud.katello.setUser("alice", { password: "planted-1", repositories: [] });
        await send(postToken({ ...password, username: "alice", password: secret }));
      }
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.join("")).not.toMatch(/planted/);
    } finally {
      await loud.stop();
    }
  });
});
