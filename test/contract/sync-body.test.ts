import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { pino } from "pino";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";

const LIMIT = 2_000_000;
const FORM = { "content-type": "application/x-www-form-urlencoded" };

let world: TestGateway;
let logged = "";
beforeAll(async () => {
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  const log = pino({ level: "warn" }, stream);
  world = await startTestGateway({ listed: false, log, settings: { max_sync_bytes: LIMIT } });
});
afterAll(async () => {
  await world.stop();
});

const repositories = async () =>
  (await world.sql<{ name: string }>("SELECT name FROM repositories ORDER BY 1")).map(({ name }) => name);

function begin(headers: Record<string, string | number>): ClientRequest {
  const path = "/container_gateway/repository_list/";
  const sent = request({ socketPath: world.socket, method: "PUT", path, headers: { ...FORM, ...headers } });
  sent.on("error", () => undefined);
  return sent;
}

/** Sends the whole body before it reads the reply, as rest-client does. */
async function sendAll(body: Buffer, headers: Record<string, string | number> = {}) {
  const sent = begin({ "content-length": body.length, ...headers });
  const answered = once(sent, "response");
  for (let from = 0; from < body.length; from += 65_536) {
    if (!sent.write(body.subarray(from, from + 65_536))) await once(sent, "drain");
  }
  sent.end();
  const [response] = await answered;
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text, connection: response.headers.connection };
}

const ENTRY = "repositories[][repository]=a&repositories[][auth_required]=true&";
const entries = (bytes: number) => Buffer.from(ENTRY.repeat(bytes / ENTRY.length));

describe("a sync that is too long", () => {
  test("gets 413 with the name of the setting, after its body was sent", async () => {
    const { status, text } = await sendAll(entries(1.5 * LIMIT));
    expect(status).toBe(413);
    expect(JSON.parse(text).errors[0]).toMatchObject({
      code: "SIZE_INVALID",
      message: expect.stringMatching(`${LIMIT}.*max_sync_bytes`),
      detail: { setting: "max_sync_bytes", limit: LIMIT },
    });
  });

  test("gets 413 without a Content-Length", async () => {
    const sent = begin({ "transfer-encoding": "chunked" });
    sent.write(entries(LIMIT + 1000));
    sent.end();
    const [response] = await once(sent, "response");
    expect(response.statusCode).toBe(413);
    response.resume();
  });

  test("is disconnected at some point", async () => {
    const sent = begin({ "transfer-encoding": "chunked" });
    const chunk = entries(100_000);
    let written = 0;
    let closed = false;
    sent.on("close", () => {
      closed = true;
    });
    while (!closed && written < 200 * LIMIT) {
      sent.write(chunk);
      written += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(written).toBeLessThan(50 * LIMIT);
  });

  test("changes nothing", async () => {
    expect(await repositories()).toEqual([]);
  });
});

describe("an error in the body", () => {
  test("is answered after the whole body was read, and the connection stays open", async () => {
    const body = Buffer.concat([Buffer.from("nonsense=1&"), entries(LIMIT - 1000)]);
    const { status, text, connection } = await sendAll(body);
    expect(status).toBe(400);
    expect(text).toMatch("(byte 0 of the body)");
    expect(connection).toBe("keep-alive");
  });
});

describe("an incomplete body", () => {
  /** Sends the beginning of a body, and disconnects when the gateway reads it. */
  async function sendBeginning(headers: Record<string, string | number>, text: string): Promise<void> {
    const sent = begin({ ...headers, expect: "100-continue" });
    const continued = once(sent, "continue");
    sent.flushHeaders();
    await continued;
    await new Promise<unknown>((resolve) => sent.write(text, resolve));
    sent.destroy();
  }

  test.each([
    ["shorter than its Content-Length", { "content-length": 100_000 }],
    ["without its last chunk", { "transfer-encoding": "chunked" }],
  ])("%s changes nothing", async (_, headers) => {
    await sendBeginning(headers, "repositories[][repository]=half&repositories[][auth_required]=true&");
    await eventually("it is recorded", async () => {
      const [last] = await world.sql<{ bytes: number }>(
        "SELECT bytes::int FROM pushes ORDER BY id DESC LIMIT 1",
      );
      return last?.bytes === 67;
    });
    expect(await repositories()).toEqual([]);
    await world.sql("DELETE FROM pushes");
  });

  test("is recorded as the client's failure, not the database's", async () => {
    for (let count = 1; count <= 5; count += 1) {
      await sendBeginning({ "content-length": 100_000 }, ENTRY);
      await eventually(
        "it is recorded",
        async () => (await world.sql("SELECT FROM pushes")).length === count,
      );
    }
    const outcomes = await world.sql("SELECT DISTINCT outcome FROM pushes");
    expect(outcomes).toEqual([
      { outcome: "REQUEST_INVALID: the client disconnected before the end of the body" },
    ]);
    expect(logged).not.toMatch(/PostgreSQL|UNAVAILABLE/);
    await world.sql("DELETE FROM pushes");
  });
});

describe("a random body", () => {
  test("is applied or rejected as a whole", async () => {
    const good = "repositories[][repository]=a&repositories[][auth_required]=true";
    const piece = fc.constantFrom(
      good,
      "repositories",
      "&",
      "[]",
      "=",
      "%zz",
      "%C3",
      "users[][a]",
      "\u0000",
      "é",
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.from(pieces.join("&"))),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        await world.sql("TRUNCATE repositories");
        await world.sql("INSERT INTO repositories (name, auth_required) VALUES ('before', true)");
        const { status, text } = await sendAll(bytes);
        expect([200, 400]).toContain(status);
        if (status === 200) return;
        refused += 1;
        expect(JSON.parse(text).errors[0]).toMatchObject({
          code: "REQUEST_INVALID",
          message: expect.any(String),
        });
        expect(await repositories()).toEqual(["before"]);
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(50);
    await world.sql("TRUNCATE repositories");
    // 150 syncs, each with two transactions of its own.
  }, 60_000);
});

describe("a malformed body", () => {
  const put = (
    when: string,
    body: string,
    status: number,
    says: RegExp,
    headers: Record<string, string> = FORM,
  ) => ({
    when,
    as: { via: "unix" } as const,
    call: raw("PUT /container_gateway/repository_list/", body, headers),
    status,
    says,
  });
  testLines(
    () => world,
    [
      put(
        "1 MB in one value",
        `repositories[][repository]=${"a".repeat(1_000_000)}`,
        400,
        /value is longer.*byte 27/,
      ),
      put("1 MB in one key", `repositories[][${"a".repeat(1_000_000)}]=1`, 400, /key is longer.*byte 0/),
      put("cut in an escape", "repositories[][repository]=a%2", 400, /% is not followed.*byte 28/),
      put("cut in JSON", '{"repositories":[{"repository":"a"', 400, /not JSON in UTF-8.*byte 34/, {
        "content-type": "application/json",
      }),
      put("compressed, and says so", "x", 415, /Content-Encoding gzip/, {
        ...FORM,
        "content-encoding": "gzip",
      }),
      put("wrong nesting", "repositories[x][repository]=a", 400, /unexpected key.*byte 0/),
      put(
        "wrong nesting of JSON",
        '{"repositories":[["a"]]}',
        400,
        /expected a JSON object.*\/repositories\/0/,
        {
          "content-type": "application/json",
        },
      ),
      // Database drivers report broken connections in such words.
      put("a content type that reads like an outage", "a", 415, /text\/timeout/, {
        "content-type": "text/timeout",
      }),
      put("another content type", "a", 415, /text\/plain/, { "content-type": "text/plain" }),
    ],
  );

  test("gets its own error if it is compressed without saying so", async () => {
    const { status, text } = await sendAll(gzipSync("repositories"));
    expect([status, text]).toEqual([400, expect.stringMatching(/compressed with gzip.*byte 0/)]);
  });

  test("gets the position of invalid UTF-8", async () => {
    const body = Buffer.concat([Buffer.from("repositories[][repository]=a"), Buffer.of(0xc3, 0x28)]);
    const { status, text } = await sendAll(body);
    expect([status, text]).toEqual([400, expect.stringMatching(/not UTF-8.*byte 27/)]);
  });
});
