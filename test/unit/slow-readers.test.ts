import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { SlowReaders } from "../../src/http/slow-readers.ts";

test("who takes a reply too slowly is cut off, and neither a steady reader nor one whose source is slow", async () => {
  const WINDOW_MS = 250;
  const readers = new SlowReaders(524_288, WINDOW_MS);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pair = async () => {
    const client = connect(port, "127.0.0.1").on("error", () => undefined);
    const [socket]: Socket[] = await once(server, "connection");
    if (socket === undefined) throw new Error("there is none");
    return { client, socket: socket.on("error", () => undefined), end: readers.watch(socket) };
  };
  const much = Buffer.alloc(32 * 1024 * 1024);
  const [slow, steady, sourceless, released] = [await pair(), await pair(), await pair(), await pair()];
  try {
    slow.client.pause();
    slow.socket.write(much);
    released.client.pause();
    released.socket.write(much);
    released.end();
    sourceless.client.resume();
    let taken = 0;
    steady.client.on("data", ({ length }) => {
      taken += length;
    });
    const piece = Buffer.alloc(65_536);
    const source = setInterval(() => {
      while (steady.socket.writableLength < 1_000_000) steady.socket.write(piece);
    }, 1);
    await once(slow.socket, "close");
    await sleep(3 * WINDOW_MS);
    clearInterval(source);
    expect(taken).toBeGreaterThan(0);
    expect([slow, steady, sourceless, released].map(({ socket }) => socket.destroyed)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  } finally {
    for (const { client, socket, end } of [slow, steady, sourceless, released]) {
      end();
      client.destroy();
      socket.destroy();
    }
    server.close();
  }
});
