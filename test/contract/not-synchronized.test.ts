/** A repository that Katello has listed and granted at the beginning of a sync, before Pulp has it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeDemoImages } from "../../src/demo/images.ts";
import { type ClientOptions, rawClient, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";

const zeros = `sha256:${"0".repeat(64)}`;
const [image] = (await makeDemoImages()).filter(({ name }) => name === "org/public-app");
const images = new Map(image === undefined ? [] : [[image.name, image]]);
const NEW = "org/private-app";

let world: TestGateway;
let alice: ClientOptions = {};
let bob: ClientOptions = {};
beforeAll(async () => {
  world = await startTestGateway({
    pulp: { images: [...images.values()] },
    settings: { tag_ttl: 1, redirect_ttl: 600 },
  });
  alice = { token: await tokenOf(world, "alice:secret") };
  bob = { token: await tokenOf(world, "bob:hunter2") };
});
afterAll(() => world.stop());

const paths = [
  `/v2/${NEW}/tags/list`,
  `/v2/${NEW}/manifests/1.0`,
  `/v2/${NEW}/manifests/${zeros}`,
  `/v2/${NEW}/blobs/${zeros}`,
  `/v2/${NEW}/referrers/${zeros}`,
  `/extensions/v2/${NEW}/signatures/${zeros}`,
];

describe("a repository that Pulp does not have yet", () => {
  testLines(
    () => world,
    paths.map((path) => ({
      when: "with a grant",
      as: () => alice,
      request: `GET ${path}`,
      status: 404,
      code: "NAME_UNKNOWN",
      says: "has not been synchronized to this Smart Proxy yet",
      json: { errors: [{ detail: { name: NEW } }] },
    })),
  );

  test("gets the reply for a missing repository without a grant", async () => {
    for (const as of [bob, {}, { token: "unauthenticated" }]) {
      for (const path of paths) {
        const send = rawClient(world, as);
        const hidden = await send({ method: "GET", path });
        const unknown = await send({ method: "GET", path: path.replace(NEW, "org/nowhere") });
        expect(hidden.status).toBe(unknown.status);
        expect(hidden.text).toBe(unknown.text.replaceAll("org/nowhere", NEW));
        expect(hidden.text).not.toContain("synchronized");
      }
    }
  });

  test("can be pulled tag_ttl after Pulp has it", async () => {
    const [digest = ""] = image?.blobs.keys() ?? [];
    const ask = (path: string) => rawClient(world, alice)({ method: "GET", path });
    const now = [
      `/v2/${NEW}/manifests/1.0`,
      `/v2/${NEW}/manifests/${image?.tags.get("1.0")}`,
      `/v2/${NEW}/blobs/${digest}`,
    ];
    for (const path of now) expect((await ask(path)).status).toBe(404);
    if (image !== undefined) world.pulp.images.set(NEW, image);
    for (const path of now)
      await eventually(`${path} is there`, async () => (await ask(path)).status < 400, 5);
  });
});
