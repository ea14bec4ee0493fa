import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { caller, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";

const settings = { token_recheck: 1 };
let world: TestGateway;
let twin: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings });
  twin = await startTestGateway({ database: world.database, listed: false });
});
beforeEach(() => {
  world.katello.setUser("alice", { password: "secret", repositories: ["org/private-app"] });
  world.katello.clearRequests();
});
afterAll(async () => {
  await twin.stop();
  await world.stop();
});

const pull = (gateway: TestGateway, token: string): Promise<number> => pullStatus(gateway, { token });
/** Requests to Katello that check a token. */
const questions = ({ katello }: TestGateway) => katello.requests.filter(({ url }) => url === "/v2/");

/** Uses a token repeatedly, and returns the statuses of the replies. */
async function use(token: string, milliseconds: number): Promise<Set<number>> {
  const statuses = new Set<number>();
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    statuses.add(await pull(world, token));
    await sleep(20);
  }
  return statuses;
}

test("removes a token that Katello rejects at all gateways", async () => {
  const token = await tokenOf(world, "alice:secret");
  expect([await pull(world, token), await pull(twin, token)]).toEqual([200, 200]);
  world.katello.setUser("alice", undefined);
  await eventually("it is refused here", async () => (await pull(world, token)) === 401);
  await eventually("it is refused there", async () => (await pull(twin, token)) === 401);
  expect(questions(twin)).toEqual([]);
  expect(await world.sql("SELECT FROM authentication_tokens")).toEqual([]);
  const { headers } = await caller(world, { token })(get.base());
  expect(headers["www-authenticate"]).toMatch('error="invalid_token"');
});

test("checks a token in use once per token_recheck, one request at a time", async () => {
  const token = await tokenOf(world, "alice:secret");
  world.katello.delay = 400;
  const statuses = await use(token, 2_300);
  world.katello.delay = 0;
  expect(statuses).toEqual(new Set([200]));
  const asked = questions(world);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThan(3);
  expect(asked[0]?.headers).toMatchObject({ authorization: `Bearer ${token}` });
  expect(asked[0]?.headers).not.toHaveProperty("hostuuid");
  await eventually("the question has ended", async () => (await pull(world, token)) === 200);
});

test("keeps a token while Katello is unavailable", async () => {
  const lost = await startTestGateway({ settings });
  try {
    const token = await tokenOf(lost, "alice:secret");
    await pull(lost, token);
    await lost.katello.close();
    await sleep(1_050);
    for (let time = 0; time < 20; time += 1) {
      expect(await pull(lost, token)).toBe(200);
      await sleep(10);
    }
  } finally {
    await lost.stop();
  }
});
