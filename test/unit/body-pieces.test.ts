import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mergePieces } from "../../src/http/limits/body-pieces.ts";

const chunks: number[] = [];
let tiny = 0;
const count = () => {
  tiny += 1;
};
const server = createServer(async (request, response) => {
  mergePieces(request, count);
  request.on("data", ({ length }) => void chunks.push(length));
  const body = await buffer(request).catch(() => undefined);
  if (body !== undefined) response.end(body);
});

beforeEach(async () => {
  chunks.length = 0;
  tiny = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends a body in chunks, all in one write. */
async function send(pieces: readonly string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  let text = "";
  socket.setEncoding("latin1").on("data", (data: string) => {
    text += data;
  });
  const body = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("");
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`,
  );
  await once(socket, "close");
  return text;
}

describe("a request body", () => {
  test.each([
    ["small pieces", Array.from({ length: 1_000 }, (_, index) => String(index % 10))],
    [
      "pieces of all sizes",
      Array.from({ length: 60 }, (_, index) => String(index % 10).repeat(1 + index * 400)),
    ],
    ["one piece", ["x".repeat(100_000)]],
  ])("in %s arrives complete, in order and in few chunks", async (_, pieces) => {
    const all = pieces.join("");
    expect((await send(pieces)).replaceAll(/^.*?\r\n\r\n/gs, "")).toContain(all.slice(0, 100));
    expect(chunks.reduce((sum, length) => sum + length, 0)).toBe(all.length);
    expect(chunks.length).toBeLessThanOrEqual(Math.ceil(all.length / 4_096) + 20);
    expect(tiny).toBe(0);
  });

  test("in thousands of tiny pieces is reported once and closes the connection", async () => {
    expect(await send(Array.from({ length: 5_000 }, () => "x"))).toBe("");
    expect(tiny).toBe(1);
  });
});
