import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { client, closeClients, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterAll(async () => {
  await closeClients();
  await world.stop();
});

describe("a manifest", () => {
  test("of a public repository is everybody's", async () => {
    const { data, response } = await client(world).getManifest({
      params: { path: { name: "org/public-app", reference: "1.0" } },
      parseAs: "json",
    });
    expect(response.status).toBe(200);
    expect(data).toMatchObject({ schemaVersion: 2 });
  });

  test("of a private repository is its users'", async () => {
    const token = await tokenOf(world, "alice:secret");
    const path = { name: "org/private-app", reference: "1.0" };
    const { response } = await client(world, { token }).getManifest({ params: { path }, parseAs: "text" });
    expect(response.status).toBe(200);
  });
});
