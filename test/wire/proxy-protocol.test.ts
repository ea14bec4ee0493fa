/** Connections of load balancers that speak the PROXY protocol: 127.0.0.2 is one, 127.0.0.1 is none. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { healthAt } from "../support/calls.ts";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";
import { binaryHeader, textHeader } from "../support/proxy-header.ts";
import { firstReply } from "../support/raw-http.ts";
import { type StandInSmartProxy, startSmartProxy } from "../support/smart-proxy.ts";

const BALANCER = "127.0.0.2";
const client = { address: "198.51.100.7", port: 40_000 };
const both = { client, server: { address: "198.51.100.80", port: 443 } };
const both6 = {
  client: { address: "2001:db8::7", port: 40_000 },
  server: { address: "2001:db8::80", port: 443 },
};

const said: Record<string, unknown>[] = [];
let smartProxy: StandInSmartProxy;
let world: TestGateway;
beforeAll(async () => {
  const trusted = ["foreman.example.org"];
  smartProxy = await startSmartProxy(trusted);
  world = await startTestGateway({
    log: pino({ level: "info" }, { write: (line: string) => void said.push(JSON.parse(line)) }),
    settings: {
      proxy_protocol_from: [BALANCER],
      trusted_proxies: ["198.51.100.99"],
      foreman_failed_logins: 0,
      smart_proxy_url: smartProxy.url,
      facade_listen: "https://127.0.0.1:0",
      facade_from: ["198.51.100.7"],
      trusted_hosts: trusted,
    },
  });
});
afterAll(async () => {
  await world.stop();
  await smartProxy.close();
});
beforeEach(() => void said.splice(0));

/** Opens a connection from an address of this machine. */
async function open(url: string, localAddress = BALANCER): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), localAddress });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Reads a connection to its end. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "close");
  return text;
}

/** Sends a header and resets the connection. */
const RESET = `const socket = require("node:net").connect(
  { host: "127.0.0.1", port: process.argv[1], localAddress: process.argv[2] },
  () => socket.write("PROXY UNKNOWN\\r\\n", () => socket.resetAndDestroy()),
)`;

let logins = 0;
/** A failed login, of another account each time. */
const request = (...more: string[]) => {
  logins += 1;
  const login = Buffer.from(`user-${logins}:wrong`).toString("base64");
  const lines = ["GET /v2/token HTTP/1.1", "Host: localhost", `Authorization: Basic ${login}`];
  return Buffer.from([...lines, ...more, "Connection: close\r\n\r\n"].join("\r\n"));
};

/** Address that the audit log has for the login. */
async function auditedAddress(): Promise<unknown> {
  const line = () => said.find(({ event }) => event === "login");
  await eventually("the login is audited", () => line() !== undefined);
  return line()?.address;
}

const HEADERS: readonly [what: string, header: Buffer, address: string][] = [
  ["version 1", textHeader(both), client.address],
  ["version 1 with IPv6", textHeader(both6), both6.client.address],
  ["version 2", binaryHeader(both, { more: Buffer.alloc(100) }), client.address],
  ["version 2 with IPv6", binaryHeader(both6), both6.client.address],
  ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), BALANCER],
  ["LOCAL", binaryHeader(both, { local: true }), BALANCER],
];

describe.each(HEADERS)("a header of %s", (_, header, address) => {
  test("gives a connection without TLS its address", async () => {
    const socket = await open(world.http);
    socket.write(Buffer.concat([header, request()]));
    expect(firstReply(await readAll(socket), false)?.status).toBe(401);
    expect(await auditedAddress()).toBe(address);
  });

  test("gives a connection its address if it arrives byte by byte", async () => {
    const socket = (await open(world.http)).setNoDelay(true);
    for (const byte of header) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(request());
    expect(firstReply(await readAll(socket), false)?.status).toBe(401);
    expect(await auditedAddress()).toBe(address);
  });

  test.each(["in the same packet", "later"])("gives a connection its address with TLS %s", async (when) => {
    const socket = await open(world.https);
    if (when === "later") socket.write(header);
    else {
      socket.cork();
      socket.write(header);
      setImmediate(() => socket.uncork());
    }
    const tls = connectTls({ socket, ca: pem("ca.crt"), servername: "localhost" });
    tls.write(request());
    expect(firstReply(await readAll(tls), false)?.status).toBe(401);
    expect(await auditedAddress()).toBe(address);
  });
});

describe("the address in a header", () => {
  test("may be that of a trusted reverse proxy, whose headers count", async () => {
    const socket = await open(world.http);
    const server = both.server;
    socket.write(textHeader({ client: { address: "198.51.100.99", port: 1 }, server }));
    socket.write(request("X-Forwarded-For: 203.0.113.5"));
    await readAll(socket);
    expect(await auditedAddress()).toBe("203.0.113.5");
  });

  test("is no reverse proxy's because the load balancer is near", async () => {
    const socket = await open(world.http);
    socket.write(Buffer.concat([textHeader(both), request("X-Forwarded-For: 203.0.113.5")]));
    await readAll(socket);
    expect(await auditedAddress()).toBe(client.address);
  });

  test("is in the log of a malformed request", async () => {
    const socket = await open(world.http);
    socket.write(Buffer.concat([textHeader(both), Buffer.from("no http\r\n\r\n")]));
    expect(firstReply(await readAll(socket), false)?.status).toBe(400);
    expect(said).toContainEqual(
      expect.objectContaining({ msg: "malformed request", address: client.address }),
    );
  });

  test("of the other end is where the client is sent to log in", async () => {
    const socket = await open(world.https);
    socket.write(textHeader(both));
    const tls = connectTls({ socket, ca: pem("ca.crt"), servername: "localhost" });
    tls.write("GET /v2/ HTTP/1.1\r\nHost: 198.51.100.80\r\nConnection: close\r\n\r\n");
    expect(firstReply(await readAll(tls), false)?.headers["www-authenticate"]).toContain(
      'realm="https://198.51.100.80/v2/token"',
    );
  });
});

test("the address in a header decides whose connections the façade passes on undecrypted", async () => {
  const isPassedOn = async (header: Buffer) => {
    smartProxy.requests.splice(0);
    const socket = await open(world.gateway.facade?.url ?? "");
    socket.write(header);
    const tls = connectTls({ socket, ca: pem("ca.crt"), servername: "localhost" });
    tls.write("GET /container_gateway/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(await readAll(tls)).toContain("HTTP/1.1");
    return smartProxy.requests.length > 0;
  };
  expect(await isPassedOn(textHeader(both))).toBe(false);
  expect(await isPassedOn(binaryHeader(both6))).toBe(true);
});

describe("a connection of a load balancer is closed, and the log says why,", () => {
  const refused = async (bytes: Buffer, url = world.http) => {
    const socket = await open(url);
    socket.write(bytes);
    expect(await readAll(socket)).toBe("");
    expect(said).toEqual([
      expect.objectContaining({ level: 40, address: BALANCER, reason: expect.any(String) }),
    ]);
    return said[0]?.reason;
  };

  test("without a header", async () => {
    expect(await refused(request())).toBe("the connection begins with something else");
  });

  test("with a malformed header", async () => {
    expect(await refused(Buffer.from("PROXY TCP4 1 2 3 4\r\n"), world.https)).toBe(
      "it has no two TCP4 addresses",
    );
  });

  test("with a header that takes too long", async () => {
    const log = pino({ level: "warn" }, { write: (line: string) => void said.push(JSON.parse(line)) });
    const impatient = await startTestGateway({
      log,
      settings: { proxy_protocol_from: [BALANCER], header_timeout: 1 },
    });
    try {
      expect(await refused(Buffer.from("PROXY TCP4 "), impatient.http)).toBe(
        "no header arrived within 1 s (header_timeout)",
      );
    } finally {
      await impatient.stop();
    }
  });

  test("with a header that is cut short", async () => {
    const socket = await open(world.http);
    socket.end("PROXY TCP4 ");
    expect(await readAll(socket)).toBe("");
    expect(said).toMatchObject([{ reason: "the connection ended within the header" }]);
  });
});

test("a connection that ends without a byte leaves no line", async () => {
  const socket = await open(world.http);
  socket.end();
  await readAll(socket);
  expect(said).toEqual([]);
});

test("a connection that is reset before it is accepted leaves no line", async () => {
  // The gateway runs in this process: it accepts none while this does not yield.
  const sockets = Array.from({ length: 20 }, () =>
    spawnSync(process.execPath, ["-e", RESET, new URL(world.https).port, BALANCER]),
  );
  expect(sockets.map(({ status }) => status)).toEqual(sockets.map(() => 0));
  expect(await healthAt(world.http)).toBe(200);
  expect(said.filter(({ msg }) => msg !== "request completed")).toEqual([]);
});

test("a unix socket expects no header", async () => {
  expect((await caller(world, { via: "unix" })(get.health())).status).toBe(200);
});

test("everybody else can send no header, and says so in the log", async () => {
  const plain = await open(world.http, "127.0.0.1");
  plain.write(Buffer.concat([textHeader(both), request()]));
  expect(firstReply(await readAll(plain), false)?.status).toBe(400);
  const tls = await open(world.https, "127.0.0.1");
  tls.write(binaryHeader(both));
  await readAll(tls);
  expect(said.filter(({ event }) => event === "login")).toEqual([]);
  expect(said.map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1"]);
  for (const { hint } of said) expect(hint).toContain("proxy_protocol_from");
});

test("a shutdown ends connections whose header has not arrived", async () => {
  const other = await startTestGateway({ settings: { proxy_protocol_from: [BALANCER], header_timeout: 60 } });
  const socket = await open(other.http);
  const closed = once(socket.resume(), "close");
  const began = performance.now();
  await other.stop();
  await closed;
  expect(performance.now() - began).toBeLessThan(10_000);
});
