import { afterEach, describe, expect, test } from "@jest/globals";
import { caller, client, tokenOf } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";
import { openTunnel, type Tunnel } from "../support/tunnel.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A gateway whose connections to its database can be blocked. */
async function start(settings: Record<string, unknown> = {}) {
  const database = await createDatabase();
  const tunnel = await openTunnel(database);
  const world = await startTestGateway({
    database,
    settings: { db_connection_string: tunnel.url, ...settings },
  });
  closers.push(
    () => tunnel.close(),
    () => world.stop(),
  );
  const token = await tokenOf(world, "alice:secret");
  const send = caller(world, { token });
  await eventually("alice pulls from memory", async () => {
    const { status } = await send(get.manifest("org/private-app", "latest"));
    return status === 200 && (await ready(world));
  });
  await send(get.manifest("org/private-app", "latest"));
  return { database, tunnel, world, send };
}

const readiness = async (world: TestGateway): Promise<{ status: string; database: string }> =>
  JSON.parse((await caller(world)(get.readiness())).text);
const ready = async (world: TestGateway): Promise<boolean> => (await readiness(world)).database === "up";

/** Blocks the connections; returns once the gateway has noticed. */
async function block(world: TestGateway, tunnel: Tunnel): Promise<void> {
  tunnel.freeze();
  await eventually("it is noticed", async () => !(await ready(world)));
}

describe("while the database is unresponsive", () => {
  test("cached requests are served and others get 503 without delay, until it is back", async () => {
    const { database, tunnel, world, send } = await start();
    await block(world, tunnel);
    // A load balancer must not take out all gateways because of it.
    expect(await caller(world)(get.readiness())).toMatchObject({
      status: 200,
      text: expect.stringContaining('"degraded"'),
    });
    let delayed = 0;
    for (let time = 0; time < 50; time += 1) {
      expect((await send(get.manifest("org/private-app", "latest"))).status).toBe(200);
      const before = performance.now();
      const { status, headers } = await send(get.manifest("org/other-app", "latest"));
      expect([status, headers["retry-after"]]).toEqual([503, "2"]);
      if (performance.now() - before > 500) delayed += 1;
    }
    // Those were probes, which take a second each.
    expect(delayed).toBeLessThan(15);
    const login = caller(world, { basic: "bob:hunter2" })(get.token());
    expect((await login).status).toBe(503);
    // Changes in the database during the outage apply as soon as it is back.
    await query(database, "DELETE FROM authentication_tokens");
    expect((await send(get.manifest("org/private-app", "latest"))).status).toBe(200);
    tunnel.thaw();
    await eventually("it is back", () => ready(world));
    await eventually("the token is gone", async () => {
      const { status } = await send(get.manifest("org/private-app", "latest"));
      return status === 401;
    });
  });

  test("the search and the Flatpak index are served from cached names", async () => {
    const { tunnel, world, send } = await start();
    await world.sql("INSERT INTO repositories (name, auth_required) VALUES ('org/flatpak-app', true)");
    await world.sql(
      "INSERT INTO repositories_users SELECT r.id, u.id FROM repositories r, users u WHERE r.name = 'org/flatpak-app'",
    );
    await send(get.search({ q: "private" }));
    await block(world, tunnel);
    const search = await send(get.search({ q: "PUBLIC" }));
    expect([search.status, JSON.parse(search.text).results?.[0]?.name]).toEqual([200, "org/public-app"]);
    const index = await send(get.index("label:org.flatpak.ref:exists=1"));
    expect([index.status, JSON.parse(index.text).Results?.[0]?.Name]).toEqual([200, "org/flatpak-app"]);
    expect((await caller(world)(get.search({ q: "x" }))).status).toBe(503);
  });

  test("cached requests get 503 after outage_grace", async () => {
    // Longer than detection and the first query together, each of which may wait a second for the database.
    const { tunnel, world, send } = await start({ outage_grace: 6 });
    await block(world, tunnel);
    expect((await send(get.manifest("org/private-app", "latest"))).status).toBe(200);
    await eventually("it is over", async () => {
      const { status } = await send(get.manifest("org/private-app", "latest"));
      return status === 503;
    });
    expect((await client(world).getReadiness()).response.status).toBe(503);
    expect((await send(get.manifest("org/public-app", "latest"))).status).toBe(503);
  });

  test("cached requests get 503 with outage_grace of 0", async () => {
    const { tunnel, world, send } = await start({ outage_grace: 0 });
    await block(world, tunnel);
    expect((await send(get.manifest("org/private-app", "latest"))).status).toBe(503);
    expect((await client(world).getReadiness()).response.status).toBe(503);
  });
});
