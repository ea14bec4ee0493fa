/** Several ranges of one blob: partial pulls of podman, lazy pulls of stargz-snapshotter (RFC 9110 sections 14 and 15.3.7). */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoImage, makeDemoImages } from "../../src/demo/images.ts";
import type { DemoPulpOptions } from "../../src/demo/pulp.ts";
import { emptyBlob } from "../../src/demo/pulp-content.ts";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { readMultipart } from "../support/multipart.ts";
import { openBlob } from "../support/open-blob.ts";
import { get, head } from "../support/operations.ts";

const MIB = 1024 * 1024;
const blob = randomBytes(4 * MIB);
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const digest = digestOf(blob);
const [demo] = (await makeDemoImages()).filter(({ name }) => name === "org/public-app");
if (demo === undefined) throw new Error("the demo has no public image");
const image: DemoImage = { ...demo, blobs: new Map([[digest, blob]]) };
const BLOB = { name: "org/public-app", digest };

const start = (settings: Record<string, unknown> = {}, pulp: DemoPulpOptions = {}) =>
  startTestGateway({ settings, pulp: { images: [image], ...pulp } });

const pull = get.blob(BLOB.name, digest);
const ask = (world: TestGateway, headers: Record<string, string>, call = pull) =>
  caller(world)(call, headers);

/** The ranges of requests to Pulp's content app. */
const fetched = ({ pulp }: TestGateway) =>
  pulp.requests.filter(({ url }) => url.startsWith("/pulp/container/")).map(({ headers }) => headers.range);

describe.each(["redirect", "stream"] as const)("with content_delivery %s", (content_delivery) => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await start({ content_delivery });
  });
  afterAll(() => world.stop());

  test.each([
    [
      "two ranges",
      "0-99,1000000-1000299",
      [
        [0, 99],
        [1_000_000, 1_000_299],
      ],
    ],
    [
      "in the requested order",
      "3000000-3000009,5-9",
      [
        [3_000_000, 3_000_009],
        [5, 9],
      ],
    ],
    [
      "with blanks and empty entries",
      " 0-9 , ,\t100-109",
      [
        [0, 9],
        [100, 109],
      ],
    ],
    [
      "an open range",
      "0-9,4000000-",
      [
        [0, 9],
        [4_000_000, 4 * MIB - 1],
      ],
    ],
    [
      "a suffix range",
      "-5,0-9",
      [
        [4 * MIB - 5, 4 * MIB - 1],
        [0, 9],
      ],
    ],
    [
      "a range past the end is clipped",
      "0-9,4000000-99999999",
      [
        [0, 9],
        [4_000_000, 4 * MIB - 1],
      ],
    ],
    [
      "a range with a huge end is clipped",
      `0-9,1000-${"9".repeat(30)}`,
      [
        [0, 9],
        [1000, 4 * MIB - 1],
      ],
    ],
    [
      "adjacent ranges stay separate",
      "0-99,100-199,200-299",
      [
        [0, 99],
        [100, 199],
        [200, 299],
      ],
    ],
    [
      "overlapping ranges are merged",
      "5000-6999,0-99,6000-7999",
      [
        [5000, 7999],
        [0, 99],
      ],
    ],
    [
      "unsatisfiable ranges are omitted",
      "99999999-,0-9,20-29",
      [
        [0, 9],
        [20, 29],
      ],
    ],
  ] as const)("returns %s: %s", async (_, ranges, bounds) => {
    const { status, headers, body } = await ask(world, { range: `bytes=${ranges}` });
    expect(status).toBe(206);
    expect(headers).not.toHaveProperty("content-range");
    expect(headers).toMatchObject({
      "content-length": String(body.length),
      "accept-ranges": "bytes",
      "docker-content-digest": digest,
      etag: expect.any(String),
      "docker-distribution-api-version": "registry/2.0",
    });
    const parts = readMultipart(String(headers["content-type"]), body);
    expect(parts.map(({ type, range }) => [type, range])).toEqual(
      bounds.map(([first, last]) => ["application/octet-stream", `${first}-${last}/${blob.length}`]),
    );
    for (const [index, [first, last]] of bounds.entries())
      expect(parts[index]?.body.equals(blob.subarray(first, last + 1))).toBe(true);
  });

  test.each([
    ["one satisfiable range", "0-9,99999999-", 0, 9],
    ["the same range twice", "0-9,0-9", 0, 9],
    ["two ranges that are merged", "0-99,50-199", 0, 199],
    ["one range beside an empty suffix", "-0,5-9", 5, 9],
  ])("returns %s as a single part", async (_, ranges, first, last) => {
    const { status, headers, body } = await ask(world, { range: `bytes=${ranges}` });
    expect(status).toBe(206);
    expect(headers).toMatchObject({
      "content-range": `bytes ${first}-${last}/${blob.length}`,
      "content-type": "application/octet-stream",
      "content-length": String(last - first + 1),
    });
    expect(body.equals(blob.subarray(first, last + 1))).toBe(true);
  });

  test("answers 416 with the length if no range is satisfiable", async () => {
    const { status, headers, body } = await ask(world, { range: "bytes=99999999-,88888888-88888889" });
    expect([status, headers["content-range"]]).toEqual([416, `bytes */${blob.length}`]);
    expect(JSON.parse(body.toString()).errors[0].code).toBe("RANGE_INVALID");
  });

  test("reads ranges that are close together in one request to Pulp, and no byte twice", async () => {
    world.pulp.requests.length = 0;
    const { body, headers } = await ask(world, { range: "bytes=0-99,30000-30099,2000000-2000099,1000-1099" });
    expect(readMultipart(String(headers["content-type"]), body)).toHaveLength(4);
    expect(fetched(world)).toEqual(["bytes=0-30099", "bytes=2000000-2000099", "bytes=1000-1099"]);
  });

  test("accepts as many ranges as podman sends, and answers 400 to more", async () => {
    const ranges = (count: number) =>
      `bytes=${Array.from({ length: count }, (_, index) => `${index * 4000}-${index * 4000 + 9}`).join(",")}`;
    const { status, headers, body } = await ask(world, { range: ranges(1024) });
    expect(status).toBe(206);
    expect(readMultipart(String(headers["content-type"]), body)).toHaveLength(1024);
    const refused = await ask(world, { range: ranges(1025) });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body.toString()).errors[0]).toMatchObject({
      code: "RANGE_INVALID",
      message: "more than 1024 ranges in one request",
    });
  });

  test("returns the whole blob if its storage does not support ranges", async () => {
    const of = get.blob("org/public-app", emptyBlob.digest);
    const { status, body } = await ask(world, { range: "bytes=0-3,5-9" }, of);
    expect([status, body.equals(emptyBlob.body)]).toEqual([200, true]);
  });

  test("answers an unknown blob and a missing grant as without ranges", async () => {
    const headers = { range: "bytes=0-9,20-29" };
    const zeros = `sha256:${"0".repeat(64)}`;
    const unknown = await ask(world, headers, get.blob("org/public-app", zeros));
    expect([unknown.status, JSON.parse(unknown.body.toString()).errors[0].code]).toEqual([
      404,
      "BLOB_UNKNOWN",
    ]);
    expect((await ask(world, headers, get.blob("org/private-app", digest))).status).toBe(401);
  });

  test("applies If-None-Match first", async () => {
    const { headers } = await ask(world, { range: "bytes=0-9,20-29" });
    const tag = String(headers.etag);
    expect((await ask(world, { range: "bytes=0-9,20-29", "if-none-match": tag })).status).toBe(304);
  });

  test("returns the ranges if If-Range matches, and the whole blob otherwise", async () => {
    const range = "bytes=0-9,20-29";
    const { headers } = await ask(world, { range });
    for (const same of [headers.etag, headers["last-modified"]])
      expect((await ask(world, { range, "if-range": String(same) })).status).toBe(206);
    for (const other of ['"other"', `W/${headers.etag}`, "Fri, 02 Jan 1970 00:00:00 GMT"]) {
      const { status, body } = await ask(world, { range, "if-range": other });
      expect([other, status, body.equals(blob)]).toEqual([other, 200, true]);
    }
  });

  test("ignores ranges of a HEAD", async () => {
    const { status, headers } = await ask(
      world,
      { range: "bytes=0-9,20-29" },
      head.blob("org/public-app", digest),
    );
    expect(status).toBe(content_delivery === "stream" ? 200 : 302);
    if (content_delivery === "stream") expect(headers["content-length"]).toBe(String(blob.length));
  });
});

describe("a single range of a streamed blob", () => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await start({ content_delivery: "stream" });
  });
  afterAll(() => world.stop());

  test("past the end gets 416 with the length", async () => {
    const { status, headers } = await ask(world, { range: "bytes=99999999-" });
    expect([status, headers["content-range"]]).toEqual([416, `bytes */${blob.length}`]);
  });

  test.each(["items=0-3", "bytes=5-2", "bytes=x"])("is ignored if invalid: %s", async (range) => {
    const { status, body } = await ask(world, { range });
    expect([status, body.equals(blob)]).toEqual([200, true]);
  });

  test("is ignored if If-Range does not match", async () => {
    const { headers } = await ask(world, { range: "bytes=0-9" });
    const same = await ask(world, { range: "bytes=0-9", "if-range": String(headers.etag) });
    expect([same.status, same.body.length]).toEqual([206, 10]);
    for (const range of ["bytes=0-9", "bytes=99999999-"]) {
      const other = await ask(world, { range, "if-range": '"other"' });
      expect([other.status, other.body.equals(blob)]).toEqual([200, true]);
    }
  });

  test("is ignored in a HEAD", async () => {
    const { status, headers } = await ask(world, { range: "bytes=0-9" }, head.blob("org/public-app", digest));
    expect([status, headers["content-length"]]).toEqual([200, String(blob.length)]);
  });
});

test.each(["redirect", "stream"])(
  "multipart_ranges: refuse answers 400, with content_delivery %s",
  async (content_delivery) => {
    const world = await start({ content_delivery, multipart_ranges: "refuse" });
    try {
      const refused = await ask(world, { range: "bytes=0-9,20-29" });
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.body.toString()).errors[0].code).toBe("RANGE_INVALID");
      expect(fetched(world)).toEqual([]);
      const single = await ask(world, { range: "bytes=0-9" });
      expect(single.status).toBe(content_delivery === "stream" ? 206 : 302);
    } finally {
      await world.stop();
    }
  },
);

describe("a multipart transfer", () => {
  const far = { range: "bytes=0-1999999,2100000-3999999" };
  /** Starts an object storage that answers each range as the test wants. */
  async function storage(answer: (response: ServerResponse, part: Buffer, index: number) => void) {
    let index = 0;
    const server: Server = createServer(({ headers }, response) => {
      const [, from, to = 0] = /^bytes=(\d*)-(\d+)$/.exec(headers.range ?? "") ?? [];
      const first = from || blob.length - Number(to);
      const last = from ? Number(to) : blob.length - 1;
      const part = blob.subarray(Number(first), last + 1);
      response.statusCode = 206;
      response.setHeader("content-length", part.length);
      response.setHeader("content-range", `bytes ${first}-${last}/${blob.length}`);
      answer(response, part, index);
      index += 1;
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const world = await start(
      { client_endpoint: "http://127.0.0.1", stream_limit: 1 },
      { contentOrigin: origin },
    );
    return {
      world,
      server,
      stop: async () => {
        server.closeAllConnections();
        server.close();
        await world.stop();
      },
    };
  }

  test.each([
    [
      "breaks off in its second part",
      (response: ServerResponse, part: Buffer) =>
        response.write(part.subarray(0, 9), () => response.destroy()),
    ],
    [
      "gets an error for its second part",
      (response: ServerResponse) => response.writeHead(500, { "content-length": 0 }).end(),
    ],
    [
      "gets a wrong range for its second part",
      (response: ServerResponse, part: Buffer) =>
        response.setHeader("content-range", `bytes 0-${part.length - 1}/${blob.length}`).end(part),
    ],
    [
      "gets the whole blob for its second part",
      (response: ServerResponse) => response.writeHead(200, { "content-length": blob.length }).end(blob),
    ],
  ])("that %s closes the connection and frees its place", async (_, second) => {
    const { world, stop } = await storage((response, part, index) => {
      if (index === 1) second(response, part);
      else response.end(part);
    });
    try {
      const answer = await openBlob(world.http, BLOB, { headers: far });
      expect(answer.status).toBe(206);
      await expect(answer.rest()).rejects.toThrow();
      await eventually("the place is free again", async () => (await ask(world, far)).status === 206);
    } finally {
      await stop();
    }
  });

  test("without a first part gets a registry error", async () => {
    for (const [status, expected] of [
      [503, 503],
      [403, 502],
    ]) {
      const { world, stop } = await storage((response, part, index) => {
        // The first request only finds the length, without which it is unknown that the ranges overlap.
        if (index % 2 === 1) response.writeHead(status ?? 0, { "content-length": 0 }).end();
        else response.end(part);
      });
      try {
        for (let time = 0; time < 2; time += 1) {
          const answer = await ask(world, { range: "bytes=-20,-30,0-9" });
          expect([answer.status, JSON.parse(answer.body.toString()).errors[0].code]).toEqual([
            expected,
            "UNAVAILABLE",
          ]);
        }
      } finally {
        await stop();
      }
    }
  });

  test("counts as one of stream_limit, and ends when its client disconnects", async () => {
    let closed = 0;
    const { world, stop } = await storage((response, part) => {
      response.once("close", () => (closed += 1));
      response.write(part.subarray(0, 1000));
    });
    try {
      const answer = await openBlob(world.http, BLOB, { headers: far });
      expect(answer.status).toBe(206);
      const second = await ask(world, far);
      expect([second.status, second.body.toString()]).toEqual([503, expect.stringContaining("stream_limit")]);
      answer.close();
      await eventually("the storage is let go", () => closed === 1);
      await eventually("the place is free again", async () => {
        const third = await openBlob(world.http, BLOB, { headers: far });
        third.close();
        return third.status === 206;
      });
    } finally {
      await stop();
    }
  });

  test("reads no further part while its client does not read", async () => {
    let parts = 0;
    const { world, stop } = await storage((response, part) => {
      parts += 1;
      response.end(part);
    });
    try {
      const answer = await openBlob(world.http, BLOB, {
        headers: { range: "bytes=0-2999999,3100000-3999999" },
      });
      expect((await answer.next()).length).toBeGreaterThan(0);
      expect(parts).toBe(1);
      await answer.rest();
      expect(parts).toBe(2);
      answer.close();
    } finally {
      await stop();
    }
  });
});
