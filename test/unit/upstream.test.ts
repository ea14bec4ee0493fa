import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { afterEach, describe, expect, test } from "@jest/globals";
import { isRegistryError } from "../../src/model/errors.ts";
import { Cancellation, Cancelled } from "../../src/resilience/cancellation.ts";
import { Upstream } from "../../src/upstreams/upstream.ts";
import { pem } from "../support/folder.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  said.length = 0;
});

const said: string[] = [];
const report = (text: string) => void said.push(text);

/** Starts a server and returns a client of it. */
async function upstreamAt(
  server: Server,
  { scheme = "http", ca = "", connections = 4, waiting = 2, timeout = 2_000, connectTimeout = 1_000 } = {},
): Promise<Upstream> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const upstream = new Upstream({
    name: "It",
    origin: `${scheme}://127.0.0.1:${port}`,
    tls: { ca: ca === "" ? undefined : ca, cert: undefined, key: undefined },
    ...{
      timeoutMs: timeout,
      connectTimeoutMs: connectTimeout,
      maxConnections: connections,
      maxWaiting: waiting,
      report,
    },
    boundNames: { timeout: "it_timeout", waiting: "it_max_waiting" },
  });
  closers.push(() => upstream.close());
  return upstream;
}

async function start(
  listener: RequestListener,
  connections = 4,
  timeout = 2_000,
  waiting = 2,
): Promise<Upstream> {
  const server = createServer(listener);
  closers.push(async () => void server.close());
  const upstream = await upstreamAt(server, { connections, timeout, waiting });
  closers.push(async () => server.closeAllConnections());
  return upstream;
}

const ask = async (upstream: Upstream, caller?: string) => {
  const answer = await upstream.request({ method: "GET", path: "/", headers: {}, caller });
  return upstream.text(answer, 100);
};

describe("the upstream client", () => {
  test("retries once when the upstream closes a reused connection", async () => {
    let asked = 0;
    const upstream = await start((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end("here");
    }, 1);
    expect(await ask(upstream)).toBe("here");
    expect(await ask(upstream)).toBe("here");
    expect(asked).toBe(3);
  });

  test("answers 503 after one retry when the upstream closes every connection", async () => {
    let asked = 0;
    const upstream = await start((request) => {
      asked += 1;
      request.socket.destroy();
    });
    await expect(ask(upstream)).rejects.toMatchObject({ output: { statusCode: 503 } });
    expect(asked).toBe(2);
  });

  test("answers 504 without a retry when the upstream times out", async () => {
    let asked = 0;
    const upstream = await start(
      () => {
        asked += 1;
      },
      4,
      200,
    );
    await expect(ask(upstream)).rejects.toMatchObject({
      message: "It took too long (it_timeout)",
      output: { statusCode: 504 },
      data: { headers: { "Retry-After": expect.any(String) } },
    });
    expect(asked).toBe(1);
  });

  test("keeps the circuit breaker closed when requests time out in the queue only", async () => {
    const upstream = await start(
      (_, response) => void setTimeout(() => response.end("here"), 150),
      1,
      500,
      20,
    );
    const all = await Promise.allSettled(Array.from({ length: 12 }, () => ask(upstream)));
    expect(all.filter(({ status }) => status === "rejected").length).toBeGreaterThan(6);
    expect(await ask(upstream)).toBe("here");
  });

  test("answers 504 and names connect_timeout when the TLS handshake times out", async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => void sockets.push(socket));
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const upstream = await upstreamAt(server, { scheme: "https", timeout: 10_000, connectTimeout: 200 });
    await expect(ask(upstream)).rejects.toMatchObject({
      message: "It took too long (connect_timeout)",
      output: { statusCode: 504 },
    });
  });

  test.each([1_000, 1_000_000])(
    "answers 503 when the upstream breaks off a reply of %d bytes",
    async (promised) => {
      const upstream = await start((_, response) => {
        response.writeHead(200, { "content-length": promised });
        response.write("half", () => response.destroy());
      });
      await expect(ask(upstream)).rejects.toMatchObject({ output: { statusCode: 503 } });
    },
  );

  test.each([
    ["reply of known length", (response: ServerResponse) => response.end("x".repeat(500))],
    ["streamed reply", (response: ServerResponse) => void response.write("x".repeat(500))],
  ])("answers 502 when a %s exceeds the size limit", async (_, answer) => {
    const upstream = await start((_request, response) => answer(response));
    await expect(ask(upstream)).rejects.toMatchObject({ output: { statusCode: 502 } });
  });

  test("reads a reply no faster than the caller does", async () => {
    const bytes = 4_000_000;
    const upstream = await start((_, response) => {
      response.writeHead(200, { "content-length": bytes });
      response.end(Buffer.alloc(bytes, "x"));
    });
    const { body } = await upstream.request({ method: "GET", path: "/", headers: {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(body instanceof Readable && body.readableLength).toBeLessThan(300_000);
    let length = 0;
    if (body instanceof Readable) for await (const chunk of body) length += chunk.length;
    expect(length).toBe(bytes);
  });

  test.each([
    ["closes every connection", (request: IncomingMessage) => request.socket.destroy()],
    ["answers 502", (_: unknown, response: ServerResponse) => response.writeHead(502).end()],
    ["answers 504", (_: unknown, response: ServerResponse) => response.writeHead(504).end()],
  ])("opens the circuit breaker after five failures when the upstream %s", async (_, listener) => {
    let asked = 0;
    const upstream = await start((request, response) => {
      asked += 1;
      listener(request, response);
    });
    const trial = () =>
      ask(upstream).catch((error: unknown) => (isRegistryError(error) ? error.data?.headers : error));
    for (let time = 0; time < 5; time += 1) await trial();
    const before = asked;
    expect(await trial()).toEqual({ "Retry-After": "2" });
    expect(asked).toBe(before);
    expect(said.at(-1)).toMatch(/^circuit breaker opened: It failed 5 times in a row/);
  });

  test.each([
    ["no reply in time", () => undefined],
    ["504", (_: unknown, response: ServerResponse) => response.writeHead(504).end()],
  ])("keeps the circuit breaker closed when costly queries get %s", async (_, listener) => {
    const upstream = await start(
      (request, response) => (request.url === "/index" ? listener(request, response) : response.end("here")),
      4,
      50,
    );
    for (let time = 0; time < 6; time += 1)
      await upstream
        .request({ method: "GET", path: "/index", headers: {}, isQuery: true })
        .then((reply) => upstream.text(reply, 100))
        .catch(() => undefined);
    expect(said).toEqual([]);
    expect(await ask(upstream)).toBe("here");
  });

  test.each([404, 429, 500])(
    "keeps the circuit breaker closed when the upstream answers %d",
    async (status) => {
      let asked = 0;
      const upstream = await start((_, response) => {
        asked += 1;
        response.writeHead(status).end();
      });
      for (let time = 0; time < 8; time += 1) await ask(upstream);
      expect(asked).toBe(8);
    },
  );

  test("keeps the circuit breaker closed when slow readers hold all connections", async () => {
    const endless = (_: unknown, response: ServerResponse) => void response.write("x");
    const upstream = await start(endless, 1, 30_000);
    const question = { method: "GET", path: "/", headers: {} } as const;
    const { body } = await upstream.request(question);
    for (let time = 0; time < 6; time += 1)
      await expect(upstream.request({ ...question, timeoutMs: 50 })).rejects.toMatchObject({
        output: { statusCode: 504 },
      });
    expect(said).toEqual([]);
    if (body instanceof Readable) body.destroy();
  });

  test("answers 503 when too many requests wait for a connection", async () => {
    const upstream = await start(() => undefined, 1, 500);
    const waiting = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map((caller) => ask(upstream, caller));
    await expect(ask(upstream, "192.0.2.3")).rejects.toMatchObject({
      message: "too many requests wait for It (it_max_waiting)",
      output: { statusCode: 503 },
      data: { headers: { "Retry-After": "2" } },
    });
    for (const answer of await Promise.allSettled(waiting))
      expect(answer).toMatchObject({ status: "rejected", reason: { output: { statusCode: 504 } } });
  });

  test("serves addresses in turn and limits each to half of the queue", async () => {
    const order: string[] = [];
    const answer = (_: unknown, response: ServerResponse) => void setTimeout(() => response.end("here"), 20);
    const upstream = await start(answer, 1, 5_000, 8);
    const one = async (caller: string) => {
      await ask(upstream, caller);
      order.push(caller);
    };
    const many = Array.from({ length: 6 }, () => one("2001:db8:1:2::1"));
    const other = one("192.0.2.1");
    const [all] = await Promise.all([Promise.allSettled(many), other]);
    // One request is sent and four wait: half of the queue.
    expect(all.filter(({ status }) => status === "rejected").length).toBe(1);
    expect(order.indexOf("192.0.2.1")).toBeLessThanOrEqual(2);
  });

  test("reserves connections for addresses that hold few", async () => {
    const upstream = await start((_, response) => void response.write("x"), 8, 5_000, 100);
    const caller = "192.0.2.1";
    const question = { method: "GET", path: "/", headers: {} } as const;
    const held = await Promise.all(
      Array.from({ length: 6 }, () => upstream.request({ ...question, caller })),
    );
    await expect(upstream.request({ ...question, caller, timeoutMs: 100 })).rejects.toMatchObject({
      output: { statusCode: 504 },
    });
    const other = await upstream.request({ ...question, caller: "192.0.2.2", timeoutMs: 500 });
    for (const { body } of [...held, other]) if (body instanceof Readable) body.destroy();
  });

  test("keeps the circuit breaker closed when clients disconnect", async () => {
    const upstream = await start(() => undefined);
    for (let time = 0; time < 8; time += 1) {
      const cancellation = new Cancellation();
      const asked = upstream.request({ method: "GET", path: "/", headers: {}, cancellation });
      setTimeout(() => cancellation.cancel(), 5);
      await expect(asked).rejects.toMatchObject({ cause: expect.any(Cancelled) });
    }
  });

  test("reads a bundle of authorities once, and not for each connection", async () => {
    const startWith = (ca: string): Promise<Upstream> => {
      const pair = { cert: pem("server.crt"), key: pem("server.key") };
      const server = createHttpsServer(pair, (_, response) =>
        response.writeHead(200, { connection: "close" }).end(),
      );
      closers.push(async () => void server.close());
      return upstreamAt(server, { scheme: "https", ca });
    };
    const one = await startWith(pem("ca.crt"));
    const many = await startWith([pem("ca.crt"), ...rootCertificates].join("\n"));
    /** Processor time of 20 connections. */
    const cost = async (upstream: Upstream): Promise<number> => {
      await ask(upstream);
      const before = process.cpuUsage();
      for (let count = 0; count < 20; count += 1) await ask(upstream);
      return process.cpuUsage(before).user;
    };
    expect(await cost(many)).toBeLessThan(3 * (await cost(one)));
  });
});
