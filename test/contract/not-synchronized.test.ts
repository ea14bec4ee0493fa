/** A repository that Katello has listed and granted at the beginning of a sync, before Pulp has it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeDemoImages } from "../../src/demo/images.ts";
import { type ClientOptions, caller, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";
import { type Call, get } from "../support/operations.ts";

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

const calls: [what: string, of: (name: string) => Call][] = [
  ["tags", get.tags],
  ["a manifest by its tag", (name) => get.manifest(name, "1.0")],
  ["a manifest by its digest", (name) => get.manifest(name, zeros)],
  ["a blob", (name) => get.blob(name, zeros)],
  ["referrers", (name) => get.referrers(name, zeros)],
  ["signatures", (name) => get.signatures(name, zeros)],
];

describe("a repository that Pulp does not have yet", () => {
  testLines(
    () => world,
    calls.map(([what, of]) => ({
      when: `${what} with a grant`,
      as: () => alice,
      call: of(NEW),
      status: 404,
      code: "NAME_UNKNOWN",
      says: "has not been synchronized to this Smart Proxy yet",
      json: { errors: [{ detail: { name: NEW } }] },
    })),
  );

  test("gets the reply for a missing repository without a grant", async () => {
    for (const as of [bob, {}, { token: "unauthenticated" }]) {
      for (const [, of] of calls) {
        const send = caller(world, as);
        const hidden = await send(of(NEW));
        const unknown = await send(of("org/nowhere"));
        expect(hidden.status).toBe(unknown.status);
        expect(hidden.text).toBe(unknown.text.replaceAll("org/nowhere", NEW));
        expect(hidden.text).not.toContain("synchronized");
      }
    }
  });

  test("can be pulled tag_ttl after Pulp has it", async () => {
    const [digest = ""] = image?.blobs.keys() ?? [];
    const ask = caller(world, alice);
    const now = [
      get.manifest(NEW, "1.0"),
      get.manifest(NEW, image?.tags.get("1.0") ?? ""),
      get.blob(NEW, digest),
    ];
    for (const call of now) expect((await ask(call)).status).toBe(404);
    if (image !== undefined) world.pulp.images.set(NEW, image);
    for (const [index, call] of now.entries())
      await eventually(`number ${index} is there`, async () => (await ask(call)).status < 400, 5);
  });
});
