/** Plain HTTP on an https port, and headers as long as the settings allow. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { caller } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";
import { firstReply, sendBytes } from "../support/raw-http.ts";

const MAX_HEADER_BYTES = 32_768;
let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings: { max_header_bytes: MAX_HEADER_BYTES } });
});
afterAll(() => world.stop());

describe("plain HTTP sent to an https port", () => {
  const send = async (bytes: string) => sendBytes(world.https, Buffer.from(bytes, "latin1"));

  test.each(["GET", "HEAD", "POST", "PUT"])("by %s gets 400 with a hint to use https", async (method) => {
    const request = `${method} /v2/secret HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YQ==\r\n\r\n`;
    const { text, ended } = await send(request);
    const reply = firstReply(text, false);
    expect([ended, reply?.status, reply?.headers["docker-distribution-api-version"]]).toEqual([
      true,
      400,
      "registry/2.0",
    ]);
    expect(JSON.parse(reply?.text ?? "")).toEqual({
      errors: [
        expect.objectContaining({
          code: "REQUEST_INVALID",
          message: expect.stringMatching("begins with https://"),
        }),
      ],
    });
    // The reply repeats nothing from the request, and there is no second one.
    expect(text).not.toMatch(/secret|YQ==/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("gets its reply after the first bytes", async () => {
    const socket = connect(Number(new URL(world.https).port), "127.0.0.1");
    socket.setEncoding("latin1").write("GET / HTTP/1.1\r\n");
    const [text] = await once(socket, "data");
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await once(socket, "close");
  });

  test("gets one reply, however much is sent", async () => {
    const { text, ended } = await send(`POST / HTTP/1.1\r\n\r\n${"GET / HTTP/1.1\r\n\r\n".repeat(100)}`);
    expect(ended).toBe(true);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each([
    ["SSH", "SSH-2.0-x\r\n"],
    ["binary data", "\u0000\u00ff\u0001\u0002\u0003\u0004"],
    ["empty", ""],
  ])("is not answered if it is %s", async (_, bytes) => {
    const { text, ended } = await send(bytes);
    expect([ended, text.includes("HTTP/")]).toEqual([true, false]);
  });

  test("leaves the TLS listener working", async () => {
    await send("GET / HTTP/1.1\r\n\r\n");
    expect((await caller(world, { via: "https" })(get.base())).status).toBe(401);
  });
});

describe("a request with headers", () => {
  /** Returns a request for a login, with headers `length` bytes long. */
  const login = async (length: number) => {
    const [before, after] = ["GET /v2/token HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ", "\r\n\r\n"];
    const credentials = "A".repeat(length - before.length - after.length);
    return firstReply((await sendBytes(world.http, Buffer.from(before + credentials + after))).text, false);
  };

  test("of almost max_header_bytes is read", async () => {
    expect((await login(MAX_HEADER_BYTES - 1_024))?.status).toBe(401);
  });

  test("beyond max_header_bytes gets 431 with the name of the setting", async () => {
    const reply = await login(MAX_HEADER_BYTES + 1_024);
    expect([reply?.status, reply?.text]).toEqual([431, expect.stringMatching("max_header_bytes")]);
  });
});
