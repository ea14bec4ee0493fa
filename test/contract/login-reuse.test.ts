import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { caller, client, loginStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get, postToken } from "../support/operations.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings: { login_ttl: 3600, max_connections_per_address: 5_000 } });
});
beforeEach(() => {
  world.katello.clearRequests();
});
afterAll(async () => {
  await world.stop();
});

const SCOPED = "/v2/token?account=alice&scope=repository%3Aregistry%3Apull%2Cpush";
const tokenQuestions = ({ katello }: TestGateway) =>
  katello.requests.map(({ url }) => url).filter((url) => url.startsWith("/v2/token"));
const login = (gateway: TestGateway, basic: string): Promise<number> => loginStatus(gateway, basic);

describe("the same credentials", () => {
  test("are checked by two requests to Katello for 1,000 concurrent logins", async () => {
    world.katello.delay = 100;
    const send = caller(world, { basic: "alice:secret" });
    const all = Array.from({ length: 1000 }, () => send(get.token()));
    const answers = await Promise.all(all);
    world.katello.delay = 0;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => JSON.parse(text).token)).size).toBe(1);
    expect(world.katello.requests.map(({ url }) => url)).toEqual(["/v2/token?account=alice", "/v2/_catalog"]);
  });

  test("are cached by login_ttl with an unchanged expiry, apart from logins by form, by search or with a scope", async () => {
    const first = await client(world, { basic: "alice:secret" }).getToken();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = await client(world, { basic: "alice:secret" }).getToken();
    expect(again.data?.token).toBe(first.data?.token);
    expect(again.data?.expires_in).toBeLessThan(first.data?.expires_in ?? 0);
    expect(world.katello.requests).toEqual([]);
    const send = caller(world, { basic: "alice:secret" });
    const credentials = { grant_type: "password", username: "alice", password: "secret" } as const;
    const others = [
      get.search({ q: "app" }),
      get.token({ scope: ["repository:org/private-app:pull"] }),
      get.token({ scope: ["registry:catalog:*"] }),
      postToken({ ...credentials, scope: "repository:org/other-app:pull" }),
      get.base(),
    ];
    for (const other of others) expect((await send(other)).status).toBe(200);
    expect(tokenQuestions(world)).toEqual([SCOPED]);
    expect((await send(postToken(credentials))).status).toBe(200);
    expect(tokenQuestions(world)).toEqual([SCOPED]);
  });
});

test("issues a new token after the cached one was dropped", async () => {
  const token = await tokenOf(world, "bob:hunter2");
  await world.sql("DELETE FROM authentication_tokens");
  await world.sql("NOTIFY container_gateway, 'tokens *'");
  world.katello.setUser("bob", undefined);
  world.katello.setUser("bob", { password: "hunter2", repositories: ["org/other-app"] });
  await eventually("it is refused", async () => {
    const { status } = await caller(world, { token })(get.base());
    return status === 401;
  });
  const next = await tokenOf(world, "bob:hunter2");
  expect((await caller(world, { token: next })(get.base())).status).toBe(200);
});

test("invalidates a revoked token in the caches of all gateways", async () => {
  const twin = await startTestGateway({
    settings: { login_ttl: 3600, foreman_url: world.katello.origin },
    database: world.database,
    listed: false,
  });
  try {
    const scoped = (gateway: TestGateway) =>
      caller(gateway, { basic: "alice:secret" })(get.token({ scope: ["repository:org/private-app:pull"] }));
    const token = await tokenOf(world, "alice:secret");
    for (const gateway of [world, twin]) expect((await scoped(gateway)).status).toBe(200);
    world.katello.revoke("alice");
    // This login is not cached, so that this gateway sends a request to Katello.
    expect((await caller(world, { basic: "Alice:secret" })(get.base())).status).toBe(401);
    for (const gateway of [world, twin])
      await eventually("nothing of it is cached", async () => {
        const { status } = await caller(gateway, { token })(get.base());
        return status === 401 && (await scoped(gateway)).status === 401;
      });
    const next = await tokenOf(twin, "alice:secret");
    expect(next).not.toBe(token);
    for (const gateway of [world, twin]) expect((await scoped(gateway)).status).toBe(200);
  } finally {
    await twin.stop();
  }
});

describe("other credentials", () => {
  test("are checked by Katello despite cached logins", async () => {
    await tokenOf(world, "alice:secret");
    world.katello.clearRequests();
    for (const basic of ["alice:wrong", "alice:secret ", "ALICE:wrong", "bob:secret"]) {
      expect(await login(world, basic)).toBe(401);
    }
    expect(world.katello.requests).toHaveLength(4);
  });

  test("are checked again after each refusal", async () => {
    expect(await login(world, "carol:secret")).toBe(401);
    world.katello.setUser("carol", { password: "secret", repositories: [] });
    expect(await login(world, "carol:secret")).toBe(200);
  });

  test("get their own replies concurrently", async () => {
    world.katello.delay = 50;
    const answers = await Promise.all(
      ["alice:secret-1", "bob:hunter2", "alice:secret-2", "nobody:x"].map((basic) => login(world, basic)),
    );
    world.katello.delay = 0;
    expect(answers).toEqual([401, 200, 401, 401]);
  });
});

test("sends each login to Katello without login_ttl", async () => {
  const strict = await startTestGateway();
  try {
    await tokenOf(strict, "alice:secret");
    await tokenOf(strict, "alice:secret");
    expect(strict.katello.requests.filter(({ url }) => url.startsWith("/v2/token"))).toHaveLength(2);
    strict.katello.setUser("alice", undefined);
    expect(await login(strict, "alice:secret")).toBe(401);
  } finally {
    await strict.stop();
  }
});
