/** The login form, which any caller may send: limited in bytes, chunks, time and number. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { postToken } from "../support/operations.ts";

const FORM = "grant_type=password&username=alice&password=secret&scope=repository:org/private-app:pull";
const LOGIN = {
  grant_type: "password",
  username: "alice",
  password: "secret",
  scope: "repository:org/private-app:pull",
} as const;
let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings: { trusted_proxies: ["127.0.0.1"] } });
});
afterAll(async () => {
  await world.stop();
});

const head = (address: string, headers: string) =>
  `POST /v2/token HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nContent-Type: application/x-www-form-urlencoded\r\n${headers}\r\n\r\n`;

/** A connection that collects the bytes that it receives. */
class Raw {
  readonly socket: Socket;
  received = "";

  constructor() {
    this.socket = connect(Number(new URL(world.http).port), "127.0.0.1");
    this.socket.on("error", () => undefined);
    this.socket.on("data", (data) => {
      this.received += data.toString();
    });
  }

  status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1] ?? 0);
  }
}

const open: Raw[] = [];
function raw(): Raw {
  const one = new Raw();
  open.push(one);
  return one;
}
beforeEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy();
});

/** A chunked body with one byte in each chunk. */
const inBytes = (text: string): string => [...text].map((letter) => `1\r\n${letter}\r\n`).join("");

describe("a login form", () => {
  test("may arrive in a few hundred chunks", async () => {
    const one = raw();
    one.socket.write(`${head("192.0.2.1", "Transfer-Encoding: chunked")}${inBytes(FORM)}0\r\n\r\n`);
    await eventually("it is answered", () => one.status() > 0);
    expect(one.status()).toBe(200);
  });

  test("in thousands of tiny chunks is disconnected", async () => {
    const one = raw();
    const closed = new Promise((resolve) => one.socket.once("close", resolve));
    one.socket.write(head("192.0.2.2", "Transfer-Encoding: chunked") + inBytes("x".repeat(20_000)));
    await closed;
    expect(one.received).toBe("");
  });

  test("that stays incomplete gets 408", async () => {
    const one = raw();
    const closed = once(one.socket, "close");
    one.socket.write(`${head("192.0.2.3", "Content-Length: 100")}grant_type=`);
    await closed;
    expect(one.status()).toBe(408);
  });

  test("is accepted while another address has many incomplete forms", async () => {
    for (let index = 0; index < 32; index += 1)
      raw().socket.write(`${head("192.0.2.4", "Content-Length: 100")}grant_type=`);
    const send = (address: string) => caller(world)(postToken(LOGIN), { "x-forwarded-for": address });
    await eventually("its share is used up", async () => (await send("192.0.2.4")).status === 503);
    expect((await send("192.0.2.5")).status).toBe(200);
    for (const { socket } of open.splice(0)) socket.destroy();
    await eventually("its share is free again", async () => (await send("192.0.2.4")).status === 200);
  });
});
