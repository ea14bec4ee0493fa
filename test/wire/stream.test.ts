import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoImage, makeDemoImages } from "../../src/demo/images.ts";
import { caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openBlob } from "../support/open-blob.ts";
import { get, head } from "../support/operations.ts";

const stream = { content_delivery: "stream" };
let world: TestGateway;
let token = "";
let digest = "";
let blob: Buffer;
beforeAll(async () => {
  world = await startTestGateway({ settings: stream });
  token = await tokenOf(world, "alice:secret");
  const blobs = [...(world.pulp.images.get("org/private-app")?.blobs ?? [])];
  const [largest = "", body = Buffer.alloc(0)] =
    blobs.toSorted(([, a], [, b]) => b.length - a.length)[0] ?? [];
  digest = largest;
  blob = body;
});
afterAll(async () => {
  await world.stop();
});

/** The public image, with a blob larger than all buffers. */
const [publicImage] = (await makeDemoImages()).filter(({ name }) => name === "org/public-app");
if (publicImage === undefined) throw new Error("the demo has no public image");
const bytes = randomBytes(16 * 1024 * 1024);
const large: DemoImage = {
  ...publicImage,
  blobs: new Map([[`sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes]]),
};

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

const fetchBlob = (headers: Record<string, string> = {}, by: Pick<typeof get, "blob"> = get) =>
  caller(world, { token })(by.blob("org/private-app", digest), headers);

describe("a streamed blob", () => {
  test("has its length and digest", async () => {
    const { status, headers, body } = await fetchBlob();
    expect(status).toBe(200);
    expect(`sha256:${sha256(body)}`).toBe(headers["docker-content-digest"]);
    expect(headers).toMatchObject({ "content-length": String(blob.length), "accept-ranges": "bytes" });
  });

  test("has the same headers in a HEAD", async () => {
    const { status, headers, body } = await fetchBlob({}, head);
    expect([status, body.length]).toEqual([200, 0]);
    expect(headers["content-length"]).toBe(String(blob.length));
  });

  test("is returned in part for a range", async () => {
    const { status, headers, body } = await fetchBlob({ range: "bytes=1000-1999" });
    expect(status).toBe(206);
    expect(headers["content-range"]).toBe(`bytes 1000-1999/${blob.length}`);
    expect(sha256(body)).toBe(sha256(blob.subarray(1000, 2000)));
    const beyond = await fetchBlob({ range: `bytes=${blob.length}-` });
    expect(beyond.status).toBe(416);
    expect(JSON.parse(beyond.body.toString()).errors[0].code).toBe("RANGE_INVALID");
  });

  test("is not sent to a client that has it", async () => {
    const { etag } = (await fetchBlob()).headers;
    const { status, body } = await fetchBlob({ "if-none-match": String(etag) });
    expect([status, body.length]).toEqual([304, 0]);
  });

  test("requires a grant", async () => {
    const anonymous = caller(world, { token: "unauthenticated" });
    expect((await anonymous(get.blob("org/private-app", digest))).status).toBe(401);
  });

  test("takes one place of stream_limit, and frees it after any outcome", async () => {
    const narrow = await startTestGateway({
      settings: { ...stream, stream_limit: 1 },
      pulp: { images: [large] },
    });
    try {
      const [digest = ""] = large.blobs.keys();
      for (let time = 0; time < 3; time += 1) {
        const beyond = await caller(narrow)(get.blob(large.name, digest), { range: "bytes=99999999-" });
        expect(beyond.status).toBe(416);
      }
      const first = await openBlob(narrow.http, { name: large.name, digest });
      const second = await caller(narrow)(get.blob(large.name, digest));
      expect([first.status, second.status]).toEqual([200, 503]);
      first.close();
    } finally {
      await narrow.stop();
    }
  });

  test("does not delay other requests to Pulp while its client does not read", async () => {
    const settings = { ...stream, pulp_max_connections: 1, pulp_timeout: 2 };
    const narrow = await startTestGateway({ settings, pulp: { images: [large] } });
    try {
      const [digest = ""] = large.blobs.keys();
      const slow = await openBlob(narrow.http, { name: large.name, digest });
      expect(slow.status).toBe(200);
      const manifest = get.manifest(large.name, large.tags.get("1.0") ?? "");
      expect((await caller(narrow)(manifest)).status).toBe(200);
      slow.close();
    } finally {
      await narrow.stop();
    }
  });

  test("is requested without the caller's credentials", async () => {
    world.pulp.requests.length = 0;
    await fetchBlob({ cookie: "session=1" });
    const content = world.pulp.requests.filter(({ url }) => url.startsWith("/pulp/container/"));
    expect(content).toHaveLength(1);
    expect(Object.keys(content[0]?.headers ?? {}).sort()).toEqual(["accept-encoding", "connection", "host"]);
  });

  test("can be a manifest of an older Pulp", async () => {
    const old = await startTestGateway({ settings: stream, pulp: { generation: "2.27" } });
    try {
      const accept = "application/vnd.oci.image.manifest.v1+json";
      const { status, text, headers } = await caller(old)(get.manifest("org/public-app", "1.0"), { accept });
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe(accept);
      expect(`sha256:${sha256(Buffer.from(text))}`).toBe(headers["docker-content-digest"]);
    } finally {
      await old.stop();
    }
  });
});

describe("an object storage", () => {
  /** Storage without TLS is allowed only if clients reach content without TLS, too. */
  const plain = { ...stream, client_endpoint: "http://127.0.0.1" };

  /** Starts a storage that sends half of the promised bytes and disconnects; for a public image it never ends. */
  async function brokenStorage(promised = 1_000_000) {
    const server = createServer((incoming, response) => {
      const half = randomBytes(promised / 2);
      response.writeHead(200, { "content-length": promised });
      response.write(half, () => {
        if (!incoming.url?.includes("public-app")) setTimeout(() => response.destroy(), 50);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { origin: `http://127.0.0.1:${port}`, server };
  }

  test("that disconnects half way breaks the transfer", async () => {
    const { origin, server } = await brokenStorage();
    const gateway = await startTestGateway({ settings: plain, pulp: { contentOrigin: origin } });
    try {
      const alice = { token: await tokenOf(gateway, "alice:secret") };
      const answer = await openBlob(gateway.http, { name: "org/private-app", digest }, alice);
      expect(answer.status).toBe(200);
      await expect(answer.rest()).rejects.toThrow();
    } finally {
      await gateway.stop();
      server.close();
    }
  });

  test("that disconnects during a short reply causes 503", async () => {
    const { origin, server } = await brokenStorage(10_000);
    const gateway = await startTestGateway({ settings: plain, pulp: { contentOrigin: origin } });
    try {
      const alice = { token: await tokenOf(gateway, "alice:secret") };
      const answer = await caller(gateway, alice)(get.blob("org/private-app", digest));
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code: "UNAVAILABLE" }] });
    } finally {
      await gateway.stop();
      server.close();
    }
  });

  test("is disconnected with the client, and gets at most stream_limit requests", async () => {
    const { origin, server } = await brokenStorage();
    const gateway = await startTestGateway({
      settings: { ...plain, stream_limit: 1 },
      pulp: { contentOrigin: origin },
    });
    try {
      const open = () =>
        new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
      const digest = [...(gateway.pulp.images.get("org/public-app")?.blobs.keys() ?? [])][0] ?? "";
      const blob = { name: "org/public-app", digest };
      const first = await openBlob(gateway.http, blob);
      const second = await caller(gateway)(get.blob("org/public-app", digest));
      expect(second.status).toBe(503);
      expect(JSON.parse(second.text)).toMatchObject({
        errors: [{ code: "UNAVAILABLE", message: expect.stringContaining("stream_limit") }],
      });
      expect(await open()).toBe(1);
      first.close();
      while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const third = await openBlob(gateway.http, blob);
      expect(third.status).toBe(200);
      third.close();
    } finally {
      await gateway.stop();
      server.closeAllConnections();
      server.close();
    }
  });

  test.each([
    [429, "7", "TOOMANYREQUESTS"],
    [503, undefined, "UNAVAILABLE"],
    [504, "7", "UNAVAILABLE"],
  ])("that answers %d passes on its Retry-After", async (status, patience, code) => {
    const server = createServer((_, response) => {
      response.writeHead(status, patience === undefined ? {} : { "retry-after": patience }).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const gateway = await startTestGateway({
      settings: plain,
      pulp: { contentOrigin: `http://127.0.0.1:${port}` },
    });
    try {
      const blob = [...(gateway.pulp.images.get("org/public-app")?.blobs.keys() ?? [])][0] ?? "";
      const answer = await caller(gateway)(get.blob("org/public-app", blob));
      expect(answer.status).toBe(status);
      expect(answer.headers["retry-after"]).toBe(patience ?? "5");
      expect(JSON.parse(answer.text).errors[0].code).toBe(code);
    } finally {
      await gateway.stop();
      server.close();
    }
  });
});
