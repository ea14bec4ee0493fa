import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { client, rawClient, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings: { login_ttl: 3600 } });
});
beforeEach(() => {
  world.katello.forgetRequests();
});
afterAll(async () => {
  await world.stop();
});

const login = async (gateway: TestGateway, basic: string): Promise<number> =>
  (await rawClient(gateway, { basic })({ method: "GET", path: "/v2/token" })).status;

describe("the same credentials", () => {
  test("a thousand times at once cost Katello two questions", async () => {
    world.katello.delay = 100;
    const send = rawClient(world, { basic: "alice:secret" });
    const all = Array.from({ length: 1000 }, () => send({ method: "GET", path: "/v2/token" }));
    const answers = await Promise.all(all);
    world.katello.delay = 0;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => JSON.parse(text).token)).size).toBe(1);
    expect(world.katello.requests.map(({ url }) => url)).toEqual(["/v2/token?account=alice", "/v2/_catalog"]);
  });

  test("again cost nothing, by form or by search too, and the token grows no younger", async () => {
    const first = await client(world, { basic: "alice:secret" }).getToken();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = await client(world, { basic: "alice:secret" }).getToken();
    expect(again.data?.token).toBe(first.data?.token);
    expect(again.data?.expires_in).toBeLessThan(first.data?.expires_in ?? 0);
    const send = rawClient(world, { basic: "alice:secret" });
    expect((await send({ method: "GET", path: "/v1/search?q=app" })).status).toBe(200);
    expect(world.katello.requests).toEqual([]);
  });
});

test("a token that was dropped meanwhile is not given out again", async () => {
  const token = await tokenOf(world, "bob:hunter2");
  await world.sql("DELETE FROM authentication_tokens");
  await world.sql("NOTIFY container_gateway, 'tokens *'");
  world.katello.setUser("bob", undefined);
  world.katello.setUser("bob", { password: "hunter2", repositories: ["org/other-app"] });
  await eventually("it is refused", async () => {
    const { status } = await rawClient(world, { token })({ method: "GET", path: "/v2/" });
    return status === 401;
  });
  const next = await tokenOf(world, "bob:hunter2");
  expect((await rawClient(world, { token: next })({ method: "GET", path: "/v2/" })).status).toBe(200);
});

describe("other credentials", () => {
  test("are asked about, whoever succeeded before", async () => {
    await tokenOf(world, "alice:secret");
    world.katello.forgetRequests();
    for (const basic of ["alice:wrong", "alice:secret ", "ALICE:wrong", "bob:secret"]) {
      expect(await login(world, basic)).toBe(401);
    }
    expect(world.katello.requests).toHaveLength(4);
  });

  test("are asked about each time they are refused", async () => {
    expect(await login(world, "carol:secret")).toBe(401);
    world.katello.setUser("carol", { password: "secret", repositories: [] });
    expect(await login(world, "carol:secret")).toBe(200);
  });

  test("at the same time get each its own answer", async () => {
    world.katello.delay = 50;
    const answers = await Promise.all(
      ["alice:secret-1", "bob:hunter2", "alice:secret-2", "nobody:x"].map((basic) => login(world, basic)),
    );
    world.katello.delay = 0;
    expect(answers).toEqual([401, 200, 401, 401]);
  });
});

test("without login_ttl every login is a question", async () => {
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
