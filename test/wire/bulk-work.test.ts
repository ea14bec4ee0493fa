/** Flows of content and large syncs are reported as bulk work, from their beginning to their end. */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { makeDemoImages } from "../../src/demo/images.ts";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openBlob } from "../support/open-blob.ts";
import { get, head } from "../support/operations.ts";
import { closePushes, push, type Syncs } from "../support/sync-pushes.ts";

const NAME = "org/public-app";
const blobOf = (bytes: number) => {
  const blob = randomBytes(bytes);
  return { blob, digest: `sha256:${createHash("sha256").update(blob).digest("hex")}` };
};
const small = blobOf(100_000);
const large = blobOf(32 * 1024 ** 2);

let world: TestGateway;
let begun = 0;
let ended = 0;
beforeAll(async () => {
  const [image] = (await makeDemoImages()).filter(({ name }) => name === NAME);
  if (image === undefined) throw new Error(`the demo has no ${NAME}`);
  const blobs = new Map([small, large].map(({ blob, digest }) => [digest, blob]));
  world = await startTestGateway({
    settings: { content_delivery: "stream" },
    pulp: { images: [{ ...image, blobs }] },
    beginBulkWork: () => {
      begun += 1;
      return () => {
        ended += 1;
      };
    },
  });
});
afterAll(async () => {
  closePushes();
  await world.stop();
});
afterEach(() => {
  begun = 0;
  ended = 0;
});

const allEnded = () => eventually("all bulk work has ended", () => ended === begun);

describe("content that flows through the gateway", () => {
  const pull = () => openBlob(world.http, { name: NAME, digest: large.digest });

  test("is none if it is short", async () => {
    expect((await caller(world)(get.blob(NAME, small.digest))).status).toBe(200);
    const range = "bytes=0-3999999";
    expect((await caller(world)(get.blob(NAME, large.digest), { range })).status).toBe(206);
    expect((await caller(world)(head.blob(NAME, large.digest))).status).toBe(200);
    expect(begun).toBe(0);
  });

  test("is, until it has been read", async () => {
    const one = await pull();
    for (let read = 1; begun === 0 && read > 0; ) read = (await one.next()).length;
    expect(begun).toBe(1);
    await one.rest();
    one.close();
    await allEnded();
  });

  test("is, until the connection ends", async () => {
    const one = await pull();
    for (let read = 1; begun === 0 && read > 0; ) read = (await one.next()).length;
    expect([begun, ended]).toEqual([1, 0]);
    one.close();
    await allEnded();
  });
});

describe("a sync", () => {
  const syncs: Syncs = {
    repository_list: { repositories: [{ repository: NAME, auth_required: "false" }] },
    user_repository_mapping: { users: [] },
    update_hosts: {
      hosts: Array.from({ length: 30_000 }, (_, index) => ({
        uuid: `${String(index).padStart(8, "0")}-0000-0000-0000-000000000000`,
      })),
    },
    host_repository_mapping: { hosts: [] },
    update_host_repositories: { hosts: [] },
  };

  test("of few bytes is none", async () => {
    expect(await push(world.https, "repository_list", syncs)).toBe(200);
    expect(begun).toBe(0);
  });

  test("of many bytes is, until the reply", async () => {
    expect(await push(world.https, "update_hosts", syncs)).toBe(200);
    expect([begun, ended]).toEqual([1, 1]);
  });

  test("ends if it fails", async () => {
    await world.sql("ALTER TABLE hosts RENAME TO moved_hosts");
    try {
      expect(await push(world.https, "update_hosts", syncs)).toBeGreaterThanOrEqual(500);
    } finally {
      await world.sql("ALTER TABLE moved_hosts RENAME TO hosts");
    }
    await allEnded();
    expect(begun).toBe(1);
  });
});
