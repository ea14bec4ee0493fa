import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { client, pullStatus } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const granted = { repository: "org/private-app", auth_required: true };
let here: TestGateway;
let there: TestGateway;
beforeAll(async () => {
  here = await startTestGateway({ settings: { grants_ttl: 600 } });
  there = await startTestGateway({
    settings: { grants_ttl: 600 },
    database: here.database,
    listed: false,
  });
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

const statusOf = (gateway: TestGateway): Promise<number> =>
  pullStatus(gateway, { via: "https", certificate: "host" });
const foreman = (gateway: TestGateway) => client(gateway, { via: "https", certificate: "foreman" });

/** Sets Katello's reply about the host, for both gateways. */
function katelloSays(repositories: readonly string[] | undefined): void {
  for (const { katello } of [here, there]) katello.setHost(DEMO_HOST, repositories);
}

/** Ages the grants and the syncs by an hour. */
const age = () =>
  here.sql(
    "UPDATE hosts SET granted_at = now() - interval '1 hour'; UPDATE pushes SET at = at - interval '1 hour'; NOTIFY container_gateway, 'hosts *'",
  );

/** The host pulls through both gateways, which fills their caches. */
beforeEach(async () => {
  katelloSays(["org/private-app"]);
  await here.sql("DELETE FROM hosts; DELETE FROM pushes; NOTIFY container_gateway, 'hosts *'");
  for (const gateway of [here, there])
    await eventually("the host pulls", async () => (await statusOf(gateway)) === 200);
});

describe("a host loses its grants at both gateways", () => {
  test("when a sync of all mappings grants it nothing, and gets them back with the next", async () => {
    await foreman(here).putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
    expect(await statusOf(here)).toBe(404);
    await eventually("there, too", async () => (await statusOf(there)) === 404);
    await foreman(there).putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [granted] }] } });
    expect(await statusOf(there)).toBe(200);
    await eventually("here, too", async () => (await statusOf(here)) === 200);
  });

  test("when a sync of its own mapping grants it nothing", async () => {
    await foreman(here).putOneHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
    expect(await statusOf(here)).toBe(404);
    await eventually("there, too", async () => (await statusOf(there)) === 404);
  });

  test.each([
    ["grants something else", ["org/other-app"]],
    ["doesn't know the host", undefined],
  ])("when they are older than grants_ttl, and Katello %s", async (_, repositories) => {
    katelloSays(repositories);
    expect([await statusOf(here), await statusOf(there)]).toEqual([200, 200]);
    await age();
    for (const gateway of [here, there])
      await eventually("the grants are gone", async () => (await statusOf(gateway)) === 404);
  });

  test("when a sync of hosts omits it, and Katello doesn't know it", async () => {
    katelloSays(undefined);
    await foreman(here).putHosts({ body: { hosts: [{ uuid: "another-host" }] } });
    expect(await statusOf(here)).toBe(404);
    await eventually("there, too", async () => (await statusOf(there)) === 404);
  });
});
