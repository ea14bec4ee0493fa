import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { encoded, writeReply } from "../../src/http/replies.ts";
import { EncodedBody } from "../../src/model/reply-body.ts";

test("finishes a large reply only when the client has read it or disconnected", async () => {
  const outcomes: Promise<string>[] = [];
  const server = createServer((request, response) => {
    const body = Buffer.alloc(16 * 1024 * 1024, "x");
    const target = { response, head: false, automatic: [] };
    const headers = { "Content-Length": String(body.length) };
    const over = () => `${request.url} is over`;
    outcomes.push(Promise.resolve(writeReply({ status: 200, headers, body }, target)).then(over, over));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const ask = async (path: string) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(server, "request");
    return socket.pause();
  };
  try {
    const reads = await ask("/reads");
    const leaves = await ask("/leaves");
    const first = await Promise.race([...outcomes, sleep(100).then(() => "neither")]);
    expect(first).toBe("neither");
    reads.resume();
    leaves.destroy();
    expect(await Promise.all(outcomes)).toEqual(["/reads is over", "/leaves is over"]);
    reads.destroy();
  } finally {
    server.close();
  }
});

test.each([10, 1_000_000])("sends JSON in parts as one body, with a part of %i letters", async (letters) => {
  const entry = Buffer.from(JSON.stringify("ü".repeat(letters)));
  const server = createServer((_, response) => {
    const target = { response, head: false, automatic: [] };
    void writeReply(
      encoded({ status: 200, body: new EncodedBody('{"é":', entry, "}") }, "application/json"),
      target,
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    const response = await fetch(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
    const text = await response.text();
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
    expect(JSON.parse(text)).toEqual({ é: "ü".repeat(letters) });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
