/** A login that Foreman has given to another person: tokens of its former owner don't get the new owner's grants. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { login, openStorage } from "../support/storage.ts";

let world: TestGateway;
let twin: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
  twin = await startTestGateway({ database: world.database, listed: false });
});
beforeEach(async () => {
  world.katello.setUser("alice", { password: "secret", repositories: ["org/private-app"] });
  await world.sql("DELETE FROM authentication_tokens");
});
afterAll(async () => {
  await twin.stop();
  await world.stop();
});

const pull = (gateway: TestGateway, token: string, name = "org/private-app"): Promise<number> =>
  pullStatus(gateway, { token }, name);

/** Logs in while Katello issues this token: another token is that of another user. */
async function logIn(token: string, login: string): Promise<void> {
  world.katello.twistNextToken({ body: JSON.stringify({ token, expires_in: 600 }) });
  expect(await tokenOf(world, login)).toBe(token);
}

test("the new owner's login revokes the former owner's tokens at all gateways", async () => {
  await logIn("former", "alice:secret");
  expect([await pull(world, "former"), await pull(twin, "former")]).toEqual([200, 200]);
  await logIn("new", "alice:secret");
  expect(await pull(world, "former")).toBe(401);
  await eventually("it is refused there", async () => (await pull(twin, "former")) === 401);
  expect([await pull(world, "new"), await pull(twin, "new")]).toEqual([200, 200]);
});

test("the new owner never gets the former owner's grants", async () => {
  await logIn("former", "alice:secret");
  world.katello.setUser("alice", { password: "secret", repositories: [] });
  world.katello.delay = 300;
  try {
    await logIn("new", "alice:secret");
    expect(await pull(world, "new")).not.toBe(200);
  } finally {
    world.katello.delay = 0;
  }
});

test("the former owner's token moves to the new name at the next login", async () => {
  await logIn("former", "alice:secret");
  world.katello.setUser("alicia", { password: "secret", repositories: [] });
  await logIn("former", "alicia:secret");
  expect(await pull(world, "former")).toBe(404);
  expect(
    await world.sql("SELECT u.name FROM authentication_tokens t JOIN users u ON u.id = t.user_id"),
  ).toEqual([{ name: "alicia" }]);
});

const open = () => openStorage(world.database, { db_max_connections: 20 });

test("a login keeps the tokens of others, and those newer than itself", async () => {
  const { users, close } = await open();
  try {
    for (const [name, checksum, ageS] of [
      ["bob", "b0b", 60],
      ["alice", "00", 10],
      ["alice", "02", 1],
      ["alice", "01", 5],
    ] as const)
      await users.storeLogin(login(name, checksum, 600, ageS));
    const rows = await world.sql("SELECT token_checksum AS c FROM authentication_tokens ORDER BY 1");
    expect(rows.map(({ c }) => c)).toEqual(["01", "02", "b0b"]);
  } finally {
    await close();
  }
});

test("concurrent logins of one user with different tokens do not deadlock", async () => {
  const { users, close } = await open();
  try {
    for (const ageS of [20, 10, 0]) {
      const logins = Array.from({ length: 40 }, (_, index) => login("alice", `c${index % 8}`, 600, ageS));
      await Promise.all(logins.map((one) => users.storeLogin(one)));
    }
  } finally {
    await close();
  }
});
