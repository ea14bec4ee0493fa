import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoImage, makeDemoImages } from "../../src/demo/images.ts";
import type { DemoPulpOptions } from "../../src/demo/pulp.ts";
import { type ClientOptions, caller, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get, head, put } from "../support/operations.ts";
import type { WireReply } from "../support/reply-check.ts";

const PRIVATE = "org/private-app";
const ANY = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

interface World {
  readonly gateway: TestGateway;
  readonly alice: ClientOptions;
  ask(call: Call, as?: ClientOptions, headers?: Record<string, string>): Promise<WireReply>;
  /** Number of requests that have reached Pulp. */
  questions(): number;
  digestOf(tag: string, name?: string): string;
  blobOf(name?: string): string;
}

async function openWorld(
  settings: Readonly<Record<string, unknown>> = {},
  pulp: DemoPulpOptions = {},
): Promise<World> {
  const gateway = await startTestGateway({ settings, pulp });
  const alice = { token: await tokenOf(gateway, "alice:secret") };
  const image = (name: string): DemoImage | undefined => gateway.pulp.images.get(name);
  return {
    gateway,
    alice,
    ask: (call, as = alice, headers = { accept: ANY }) => caller(gateway, as)(call, headers),
    questions: () => gateway.pulp.requests.length,
    digestOf: (tag, name = "org/private-app") => image(name)?.tags.get(tag) ?? "",
    blobOf: (name = "org/private-app") => [...(image(name)?.blobs.keys() ?? [])][0] ?? "",
  };
}

async function withWorld(
  work: (world: World) => Promise<void>,
  settings: Readonly<Record<string, unknown>> = {},
  pulp: DemoPulpOptions = {},
): Promise<void> {
  const world = await openWorld(settings, pulp);
  try {
    await work(world);
  } finally {
    await world.gateway.stop();
  }
}

/** For tests that need no settings of their own and change nothing but what is cached. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.gateway.stop());

const about = ({ status, headers: { date: _, "x-request-id": __, ...headers }, text }: WireReply) => ({
  status,
  headers,
  text,
});

describe("a cached reply is the same as Pulp's, for", () => {
  test.each([
    ["a manifest by digest", "manifest", (w: World) => w.digestOf("1.0")],
    ["an index by digest", "manifest", (w: World) => w.digestOf("multi")],
    ["a manifest by tag", "manifest", () => "1.0"],
    ["a blob", "blob", (w: World) => w.blobOf()],
    ["a tag that isn't there", "manifest", () => "9.9"],
  ] as const)("%s", async (_, kind, reference) => {
    for (const by of [get, head]) {
      const call = by[kind](PRIVATE, reference(world));
      const before = world.questions();
      const first = await world.ask(call);
      const asked = world.questions();
      if (by === get) expect(asked).toBeGreaterThan(before);
      const again = await world.ask(call);
      expect(about(again)).toEqual(about(first));
      expect(world.questions()).toBe(asked);
    }
  });

  test("redirects to manifests of an older Pulp", async () => {
    await withWorld(
      async (world) => {
        const call = get.manifest(PRIVATE, world.digestOf("1.0"));
        const first = await world.ask(call);
        expect(first.status).toBe(302);
        expect(about(await world.ask(call))).toEqual(about(first));
        expect(world.questions()).toBe(1);
        const short = await world.ask(head.manifest(PRIVATE, world.digestOf("1.0")));
        expect(short.headers.location).not.toBe(first.headers.location);
      },
      {},
      { generation: "2.27" },
    );
  });
});

describe("the gateway does not use a cached reply", () => {
  test("for a user without a grant", async () => {
    const bob = { token: await tokenOf(world.gateway, "bob:hunter2") };
    for (const call of [
      get.manifest(PRIVATE, world.digestOf("1.0")),
      get.manifest(PRIVATE, "1.0"),
      get.blob(PRIVATE, world.blobOf()),
    ]) {
      expect((await world.ask(call)).status).toBeLessThan(400);
      expect((await world.ask(call, bob)).status).toBe(404);
      expect((await world.ask(call, {})).status).toBe(401);
    }
  });

  test("in another repository, where Pulp does not have the content", async () => {
    const digest = world.digestOf("1.0");
    const { images } = world.gateway.pulp;
    const elsewhere = images.get("org/public-app")?.blobs;
    const own = [...(images.get("org/private-app")?.blobs.keys() ?? [])];
    const blob = own.find((one) => elsewhere?.has(one) === false) ?? "";
    expect((await world.ask(get.manifest(PRIVATE, digest))).status).toBe(200);
    expect((await world.ask(get.blob(PRIVATE, blob))).status).toBe(302);
    expect((await world.ask(get.manifest("org/public-app", digest))).status).toBe(404);
    expect((await world.ask(get.blob("org/public-app", blob))).status).toBe(404);
  });

  test("after the grant was withdrawn", async () => {
    await withWorld(async (world) => {
      const call = get.manifest(PRIVATE, world.digestOf("1.0"));
      expect((await world.ask(call)).status).toBe(200);
      const foreman = { via: "https", certificate: "foreman", prefix: "/container_gateway" } as const;
      const { status } = await caller(world.gateway, foreman)(put.userGrants({ users: [{ alice: [] }] }));
      expect(status).toBe(200);
      // The login's grants are newer than Katello's last list of users, which is missing here: the mapping removes them.
      const after = await world.gateway.sql("SELECT count(*)::int AS n FROM repositories_users");
      expect(after).toEqual([{ n: 0 }]);
      expect((await world.ask(call)).status).toBe(404);
    });
  });

  test("for an expired token", async () => {
    // A login replaces the token of the one before.
    await withWorld(async (world) => {
      const call = get.manifest(PRIVATE, world.digestOf("1.0"));
      world.gateway.katello.twistNextToken({
        body: JSON.stringify({ token: "short", expires_in: 5, issued_at: new Date().toISOString() }),
      });
      const short = { token: await tokenOf(world.gateway, "alice:secret") };
      expect((await world.ask(call, short)).status).toBe(200);
      await eventually("it is over", async () => (await world.ask(call, short)).status === 401);
    });
  });

  test("shortly before its signed location expires", async () => {
    await withWorld(
      async (world) => {
        const call = get.blob(PRIVATE, world.blobOf());
        await world.ask(call);
        await world.ask(call);
        expect(world.questions()).toBe(2);
      },
      {},
      // Locations are cached until a minute before. The Date of the reply may be a second old.
      { linkLife: 57 },
    );
    await withWorld(
      async (world) => {
        const call = get.blob(PRIVATE, world.blobOf());
        const first = await world.ask(call);
        expect((await world.ask(call)).headers.location).toBe(first.headers.location);
        await eventually("it is asked for anew", async () => {
          const { headers } = await world.ask(call);
          return headers.location !== first.headers.location;
        });
      },
      {},
      { linkLife: 65 },
    );
  });

  test("for a moved tag after tag_ttl", async () => {
    const images = await makeDemoImages();
    const moving = images.find(({ name }) => name === "org/private-app");
    if (moving === undefined) throw new Error("the demo has no private image");
    const tags = new Map(moving.tags);
    const others = images.filter((image) => image !== moving);
    await withWorld(
      async (world) => {
        const call = get.manifest(PRIVATE, "latest");
        const before = await world.ask(call);
        tags.set("latest", tags.get("1.0") ?? "");
        expect((await world.ask(call)).text).toBe(before.text);
        await eventually("it is heard of", async () => (await world.ask(call)).text !== before.text);
      },
      { tag_ttl: 4 },
      { images: [{ ...moving, tags }, ...others] },
    );
  });

  test("for another method or another Accept header", async () => {
    const full = await world.ask(get.blob(PRIVATE, world.blobOf()));
    const short = await world.ask(head.blob(PRIVATE, world.blobOf()));
    expect(short.headers.location).not.toBe(full.headers.location);
    const tag = get.manifest(PRIVATE, "1.0");
    expect((await world.ask(tag)).status).toBe(200);
    const docker = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
    expect((await world.ask(tag, world.alice, docker)).status).toBe(404);
    expect((await world.ask(head.manifest(PRIVATE, "1.0"), world.alice, docker)).status).toBe(404);
  });

  test("with redirect_ttl and tag_ttl of 0", async () => {
    await withWorld(
      async (world) => {
        for (const call of [get.blob(PRIVATE, world.blobOf()), get.manifest(PRIVATE, "1.0")]) {
          const asked = world.questions();
          await world.ask(call);
          await world.ask(call);
          expect(world.questions()).toBe(asked + 2);
        }
      },
      { redirect_ttl: 0, tag_ttl: 0 },
    );
  });
});

describe("the cache", () => {
  test("coalesces 500 concurrent requests into one request to Pulp", async () => {
    await withWorld(
      async (world) => {
        const send = caller(world.gateway, world.alice);
        const all = Array.from({ length: 500 }, () => send(get.manifest(PRIVATE, "latest"), { accept: ANY }));
        const answers = await Promise.all(all);
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
        expect(world.questions()).toBe(1);
      },
      // A busy machine may need longer than a tag is cached by default.
      { tag_ttl: 60 },
      { delay: 200 },
    );
  });

  test("answers 304 to a client that has the manifest", async () => {
    const call = get.manifest(PRIVATE, world.digestOf("1.0"));
    await world.ask(call);
    const asked = world.questions();
    const { status } = await world.ask(call, world.alice, {
      "if-none-match": `"${world.digestOf("1.0")}"`,
    });
    expect(status).toBe(304);
    expect(world.questions()).toBe(asked);
  });
});
