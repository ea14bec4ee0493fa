import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { caller, client } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get } from "../support/operations.ts";
import { type StandInSmartProxy, startSmartProxy } from "../support/smart-proxy.ts";

const TRUSTED = ["foreman.example.org", "gateway.example.org"];

let smartProxy: StandInSmartProxy;
let world: TestGateway;
/** A façade that passes every connection on without decrypting it. */
let closed: TestGateway;

const facadeOf = ({ gateway }: TestGateway): URL => new URL(gateway.facade?.url ?? "");

async function start(settings: Readonly<Record<string, unknown>> = {}): Promise<TestGateway> {
  return startTestGateway({
    settings: {
      smart_proxy_url: smartProxy.url,
      facade_listen: "https://127.0.0.1:0",
      trusted_hosts: TRUSTED,
      ...settings,
    },
  });
}

beforeAll(async () => {
  smartProxy = await startSmartProxy(TRUSTED);
  world = await start();
  closed = await start({ facade_from: ["192.0.2.1"] });
});
afterAll(async () => {
  await Promise.all([world.stop(), closed.stop()]);
  await smartProxy.close();
});
beforeEach(() => void smartProxy.requests.splice(0));

interface Reply {
  readonly status: number | undefined;
  readonly message: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface PassedOn {
  readonly method?: string;
  readonly path: string;
  /** Name of the caller's certificate; none by default. */
  readonly as?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

const commonNameOf = (name: string) =>
  /^CN=(.*)$/m.exec(new X509Certificate(pem(`${name}.crt`)).subject)?.[1];

const certificateOf = (name: string | undefined) =>
  name === undefined ? {} : { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };

/** Sends a request to the façade over a connection of its own. */
function send(
  { method = "GET", path, as, headers = {}, body }: PassedOn,
  to = facadeOf(world),
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      host: "127.0.0.1",
      port: to.port,
      servername: "localhost",
      ca: pem("ca.crt"),
      agent: false,
      method,
      path,
      headers,
      ...certificateOf(as),
    });
    request.on("error", reject);
    request.on("response", async (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject);
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode,
        message: response.statusMessage,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
      });
    });
    request.end(body);
  });
}

/** Calls an operation of the gateway, as Foreman and Apache do. */
const call = (
  operation: Call,
  certificate?: string,
  headers: Record<string, string> = {},
  gateway: TestGateway = world,
) =>
  caller(
    { ...gateway, https: facadeOf(gateway).origin },
    { via: "https", prefix: "/container_gateway", ...(certificate && { certificate }) },
  )(operation, headers);

const sockets: TLSSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function open(as?: string, to = facadeOf(world)): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    port: Number(to.port),
    servername: "localhost",
    ca: pem("ca.crt"),
    ...certificateOf(as),
  });
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

/** Collects what a socket receives. */
function received(socket: TLSSocket): () => string {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  return () => text;
}

const last = () => smartProxy.requests.at(-1);

describe("the façade serves", () => {
  test("registry requests below /container_gateway", async () => {
    const reply = await call(get.base());
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toContain("/v2/token");
    expect(smartProxy.requests).toEqual([]);
  });

  test("them in the absolute form, too", async () => {
    const reply = await send({ path: "https://localhost/container_gateway/v2/" });
    expect(reply.status).toBe(401);
    expect(smartProxy.requests).toEqual([]);
  });

  test("Foreman's calls below /container_gateway, by its certificate alone", async () => {
    expect((await call(get.users(), "foreman")).status).toBe(200);
    expect((await call(get.users(), "stranger")).status).toBe(403);
    expect((await call(get.users())).status).toBe(403);
  });

  test("Apache as a reverse proxy, by the Smart Proxy's client certificate: challenges name the client's origin", async () => {
    const headers = {
      "X-Forwarded-Host": "evil.example.org, registry.example.org",
      "X-Forwarded-For": "192.0.2.9",
      Via: "1.1 x",
    };
    const reply = await call(get.base(), "gateway", headers);
    expect(reply.headers["www-authenticate"]).toContain('realm="https://registry.example.org/v2/token"');
    const direct = await call(get.base(), "stranger", headers);
    expect(direct.headers["www-authenticate"]).not.toContain("registry.example.org");
  });

  test("no administration that Apache forwards", async () => {
    const headers = { "X-Forwarded-Host": "registry.example.org", "X-Forwarded-For": "192.0.2.9" };
    expect((await call(get.users(), "gateway", headers)).status).toBe(403);
  });

  test("nobody whose certificate another CA signed", async () => {
    const { cert, key } = (await makeCertificates()).foreman;
    const socket = connect({
      host: "127.0.0.1",
      port: Number(facadeOf(world).port),
      servername: "localhost",
      ca: pem("ca.crt"),
      cert,
      key,
    });
    sockets.push(socket);
    const text = received(socket);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    socket.write("GET /features HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await ended;
    expect(text()).toBe("");
  });
});

describe("the façade passes on", () => {
  test("a request with its path, query, Host and fields, and without those that reverse proxies add", async () => {
    const socket = await open();
    const text = received(socket);
    socket.write(
      [
        "GET /register/a%2Fb//../c?x=%2F&y=1 HTTP/1.1",
        "Host: proxy.example.org:9090",
        "accept: a",
        "Accept: b",
        "X_Odd: 1",
        "Authorization: Bearer t.o.k",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Host: evil.example.org",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Server: evil.example.org",
        "Forwarded: for=192.0.2.7",
        "Via: 1.1 evil",
        "Connection: close, X-Hop",
        "X-Hop: 1",
        "TE: trailers",
        "\r\n",
      ].join("\r\n"),
    );
    await once(socket, "end");
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text()).toContain("Server: foreman-proxy/3.11.0\r\n");
    expect(last()).toMatchObject({
      method: "GET",
      url: "/register/a%2Fb//../c?x=%2F&y=1",
      caller: undefined,
    });
    expect(last()?.headers).toEqual([
      ...["Host", "proxy.example.org:9090"],
      ...["accept", "a", "accept", "b"],
      ...["X_Odd", "1"],
      ...["Authorization", "Bearer t.o.k"],
    ]);
  });

  test.each([
    ["a trusted host", "foreman", "gateway.example.org"],
    ["the Smart Proxy's own certificate", "gateway", "gateway.example.org"],
    ["a certificate that is not trusted", "stranger", undefined],
    ["a host", "host", undefined],
    ["no certificate", undefined, undefined],
  ])("a request of %s under the right certificate", async (_, as, shown) => {
    const reply = await send({ path: "/register", ...(as === undefined ? {} : { as }) });
    expect(JSON.parse(reply.text).caller).toBe(shown);
  });

  test("the Smart Proxy's features with its own among them", async () => {
    const names = ["container_gateway", "dynflow", "httpboot", "logs", "registration", "ssh"];
    const reply = await send({ path: "/features?x=1" });
    expect(JSON.parse(reply.text)).toEqual(names);
    const states = JSON.parse((await send({ path: "/v2/features", as: "foreman" })).text);
    expect(Object.keys(states).sort()).toEqual(names);
    expect(states.container_gateway).toEqual({
      http_enabled: false,
      https_enabled: true,
      settings: {},
      state: "running",
      capabilities: [],
    });
    const head = await send({ method: "HEAD", path: "/features" });
    expect(head.headers["content-length"]).toBe(reply.headers["content-length"]);
    expect(head.text).toBe("");
  });

  test.each([
    [undefined, "could not read client cert from environment"],
    [
      "stranger",
      "Untrusted client stranger.example.org attempted to access /features. Check :trusted_hosts: in settings.yml",
    ],
  ])("the Smart Proxy's refusal of a caller as %s", async (as, text) => {
    const reply = await send({ path: "/v2/features", ...(as === undefined ? {} : { as }) });
    expect(reply).toMatchObject({ status: 403, text });
    expect(reply.headers["content-length"]).toBe(String(text.length));
  });

  test("bodies, with a length or in chunks", async () => {
    const body = Buffer.alloc(3_000_000, "x");
    const bodySha256 = createHash("sha256").update(body).digest("hex");
    for (const headers of [{ "Content-Length": body.length }, { "Transfer-Encoding": "chunked" }]) {
      const reply = await send({ method: "POST", path: "/register", headers, body });
      expect(reply.status).toBe(200);
      expect(last()).toMatchObject({ bodyBytes: body.length, bodySha256 });
      expect(Object.keys(headers).every((name) => last()?.headers.includes(name))).toBe(true);
    }
  });

  test("a POST without a length as it is", async () => {
    const socket = await open();
    const text = received(socket);
    socket.write("POST /register HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    await once(socket, "end");
    expect(text()).toMatch(/^HTTP\/1\.1 411 /);
    expect(last()?.headers).toEqual(["Host", "localhost"]);
  });

  test("ranges", async () => {
    const reply = await send({ path: "/httpboot/hello.txt", headers: { Range: "bytes=1-2" } });
    expect(reply).toMatchObject({ status: 206, text: "el" });
    expect(reply.headers["content-range"]).toBe("bytes 1-2/6");
  });

  test("no Expect, which it answers itself", async () => {
    const socket = await open();
    const text = received(socket);
    socket.write(
      "POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    await eventually("the façade asks for the body", () =>
      text().startsWith("HTTP/1.1 100 Continue\r\n\r\n"),
    );
    socket.write("{}");
    await once(socket, "end");
    expect(last()).toMatchObject({ bodyBytes: 2 });
    expect(last()?.headers).toEqual(["Host", "localhost", "Content-Length", "2"]);
  });

  test.each([
    "OPTIONS *",
    "PATCH /features",
    "TRACE /features",
    "FOO /features",
    "GET /features/",
    "GET //features",
  ])("%s to the Smart Proxy, which refuses it", async (request) => {
    const socket = await open();
    const text = received(socket);
    socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await once(socket, "end");
    // The parser of the stand-in does not know the method either.
    expect(text()).toMatch(request.startsWith("FOO") ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 404 /);
    if (!request.startsWith("FOO")) expect(`${last()?.method} ${last()?.url}`).toBe(request);
  });

  test("requests that ask for another protocol without that", async () => {
    const socket = await open();
    const text = received(socket);
    const ask = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    socket.write(`GET /register HTTP/1.1\r\nHost: localhost\r\n${ask}\r\n`);
    await eventually("the reply", () => text().includes("/register"));
    expect(last()?.headers).toEqual(["Host", "localhost"]);
    socket.write(`GET /container_gateway/v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await once(socket, "end");
    expect(text()).toContain("HTTP/1.1 401 ");
  });

  test("the sessions of the web console, for a trusted host, as bytes", async () => {
    const socket = await open("foreman");
    const text = received(socket);
    socket.write(
      "POST /ssh/session HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: raw\r\nContent-Length: 2\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n{}",
    );
    await eventually("the session", () => text().startsWith("Status: 101\r\nConnection: upgrade\r\n"));
    socket.write("ls");
    await eventually("bytes both ways", () => text().endsWith("echo ls"));
    expect(last()).toMatchObject({ url: "/ssh/session", caller: "gateway.example.org" });
    expect(last()?.headers).not.toContain("X-Forwarded-For");
  });

  test("no session of the web console for others", async () => {
    const reply = await send({
      method: "POST",
      path: "/ssh/session",
      as: "stranger",
      headers: { Connection: "upgrade", Upgrade: "raw", "Content-Length": 0 },
    });
    expect(reply.status).toBe(404);
    expect(last()?.caller).toBeUndefined();
  });

  test("a request again whose kept connection the Smart Proxy has closed", async () => {
    await send({ path: "/register" });
    const before = last()?.port;
    await send({ path: "/register" });
    expect(last()?.port).toBe(before);
    smartProxy.closeIdle();
    expect((await send({ path: "/register" })).status).toBe(200);
    expect(last()?.port).not.toBe(before);
  });
});

describe("the façade for a caller that is neither Foreman nor Apache", () => {
  test("passes the connection on: the host's own certificate reaches the Smart Proxy", async () => {
    const reply = await send({ path: "/ssh/jobs", as: "host" }, facadeOf(closed));
    expect(JSON.parse(reply.text).caller).toBe(commonNameOf("host"));
    const own = await send({ path: "/container_gateway/v2/" }, facadeOf(closed));
    expect(own.status).toBe(404);
  });

  test("ends both connections when one ends", async () => {
    const before = await smartProxy.connections();
    const socket = await open("host", facadeOf(closed));
    await eventually("it is passed on", async () => (await smartProxy.connections()) === before + 1);
    socket.destroy();
    await eventually("it has ended", async () => (await smartProxy.connections()) === before);
  });
});

describe("the façade's limits", () => {
  test("refuse requests beyond smart_proxy_max_connections and smart_proxy_max_waiting, and nothing of the registry", async () => {
    const busy = await start({ smart_proxy_max_connections: 2, smart_proxy_max_waiting: 1 });
    try {
      const waiting = await Promise.all([1, 2].map(() => open(undefined, facadeOf(busy))));
      for (const socket of waiting)
        socket.write("POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n");
      await eventually("it is full", async () => {
        const { status, text } = await send({ path: "/features" }, facadeOf(busy));
        return status === 503 && text.includes("smart_proxy_max_waiting");
      });
      expect((await call(get.base(), undefined, {}, busy)).status).toBe(401);
      // Trusted hosts have a share of their own.
      expect((await send({ path: "/features", as: "foreman" }, facadeOf(busy))).status).toBe(200);
      const texts = waiting.map(received);
      for (const socket of waiting) socket.write("x");
      await eventually("all are served", () => texts.every((text) => text().startsWith("HTTP/1.1 200 ")));
    } finally {
      for (const socket of sockets.splice(0)) socket.destroy();
      await busy.stop();
    }
  });
});

describe("the façade's timeouts", () => {
  test("end a request whose head takes too long, and idle connections at a shutdown", async () => {
    const other = await start({ header_timeout: 3 });
    const slow = await open("foreman", facadeOf(other));
    const text = received(slow);
    slow.write("GET /features HTTP/1.1\r\nHost: ");
    await once(slow, "close");
    expect(text()).toContain("HTTP/1.1 408 ");
    const idle = await open("foreman", facadeOf(other));
    idle.write("GET /container_gateway/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(idle, "data");
    const closed = once(idle, "close");
    const began = performance.now();
    await other.stop();
    await closed;
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe("while the Smart Proxy is away", () => {
  test("its paths are 503 in words, the registry goes on, and all is well when it is back", async () => {
    const before = await startSmartProxy(TRUSTED);
    await before.close();
    const alone = await start({ smart_proxy_url: before.url });
    let back: StandInSmartProxy | undefined;
    try {
      for (const path of ["/features", "/register"]) {
        const reply = await send({ path }, facadeOf(alone));
        expect(reply.status).toBe(503);
        expect(reply.text).toContain("smart_proxy_url");
        expect(reply.headers["retry-after"]).toBe("5");
      }
      expect((await call(get.base(), undefined, {}, alone)).status).toBe(401);
      const socket = await open("foreman", facadeOf(alone));
      const text = received(socket);
      socket.write(
        "POST /ssh/session HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: raw\r\nContent-Length: 0\r\n\r\n",
      );
      await once(socket, "end");
      expect(text()).toMatch(/^HTTP\/1\.1 503 /);
      const status = async () => (await client(alone, { via: "admin" }).getStatus()).data;
      expect(await status()).toMatchObject({
        upstreams: [{ name: "Katello" }, { name: "Pulp" }, { name: "Smart Proxy", state: "down" }],
        problems: expect.arrayContaining([expect.objectContaining({ text: "Smart Proxy does not reply" })]),
      });
      back = await startSmartProxy(TRUSTED, before.port);
      await eventually(
        "its paths are served",
        async () => (await send({ path: "/features" }, facadeOf(alone))).status === 200,
      );
      await eventually(
        "the status knows it",
        async () => (await status())?.upstreams.find(({ name }) => name === "Smart Proxy")?.state === "up",
      );
    } finally {
      await alone.stop();
      await back?.close();
    }
  });
});
