/** The client package: its connections, its paths, and what it does around each request. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { createGatewayClient as createForBrowsers } from "../../src/client/browser.ts";
import { createGatewayClient, GatewayError, unwrap } from "../../src/client/index.ts";
import { eventually } from "../support/eventually.ts";

let server: Server;
let url: string;
let connections = 0;
let open = 0;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer(({ method, url: target, headers }, response) => {
    seen.push(`${method} ${target} ${headers.authorization ?? "-"}`);
    const isToken = target?.startsWith("/v2/token") === true;
    const body = isToken ? { token: "t0ken", expires_in: 300, issued_at: "" } : { repositories: [] };
    const status =
      target === "/v2" && headers.authorization === undefined ? 401 : target === "/users" ? 503 : 200;
    const retry = status === 503 ? { "retry-after": "7" } : {};
    response.writeHead(status, { "content-type": "application/json", ...retry }).end(JSON.stringify(body));
  });
  server.on("connection", (socket) => {
    connections += 1;
    open += 1;
    socket.on("close", () => {
      open -= 1;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port }: Pick<AddressInfo, "port"> = Object.assign({ port: 0 }, server.address());
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});
beforeEach(() => {
  seen.length = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

test("requests share a connection, which close() closes; a later request opens another", async () => {
  const gateway = createGatewayClient({ url });
  const before = connections;
  for (let calls = 0; calls < 3; calls += 1) await unwrap(gateway.getCatalog());
  expect(connections - before).toBe(1);
  gateway.close();
  // Sooner than an unused one.
  await eventually("the connection is closed", () => open === 0, 2);
  await unwrap(gateway.getCatalog());
  expect(connections - before).toBe(2);
  gateway.close();
  await eventually("the connection is closed", () => open === 0, 2);
});

test.each([
  ["Node.js", createGatewayClient],
  ["browsers", createForBrowsers],
])("for %s, intercept gets each request, those of the login too", async (_, create) => {
  const intercepted: string[] = [];
  const gateway = create({
    url,
    login: { name: "zoë", password: "s" },
    intercept: async (request, send) => {
      const response = await send(request);
      intercepted.push(`${request.method} ${new URL(request.url).pathname} ${response.status}`);
      return response;
    },
  });
  await unwrap(gateway.getCatalog());
  expect(intercepted).toEqual(["GET /v2/token 200", "GET /v2/_catalog 200"]);
  const basic = `Basic ${Buffer.from("zoë:s").toString("base64")}`;
  expect(seen).toEqual([`GET /v2/token?account=zo%C3%AB ${basic}`, "GET /v2/_catalog Bearer t0ken"]);
});

test("slashes of repositories stay in paths, and those of logins are encoded", async () => {
  const gateway = createGatewayClient({ url });
  await gateway.getTags({ params: { path: { name: "acme/apps/shop" } } });
  await gateway.getRepositoryDetails({ params: { path: { repository: "acme/shop" } } });
  await gateway.getUserDetails({ params: { path: { login: "corp/alice ?" } } });
  expect(seen).toEqual([
    "GET /v2/acme/apps/shop/tags/list -",
    "GET /admin/repositories/acme/shop -",
    "GET /admin/users/corp%2Falice%20%3F -",
  ]);
  gateway.close();
});

test.each(["..", ".", "acme/../shop"])(
  "the name %s, which would lead to another operation, is refused",
  async (name) => {
    const gateway = createGatewayClient({ url });
    await expect(gateway.getTags({ params: { path: { name } } })).rejects.toThrow(
      "a path can't have the segment",
    );
    expect(seen).toEqual([]);
    gateway.close();
  },
);

test("a date in Retry-After is no number of seconds", () => {
  expect(new GatewayError(503, {}, "Fri, 27 Nov 2026 23:59:59 GMT").retryAfterS).toBeUndefined();
  expect(new GatewayError(503, {}, "5").retryAfterS).toBe(5);
});

test("a reply without a body unwraps to none, and a refusal without an error of the contract is a GatewayError", async () => {
  const gateway = createGatewayClient({ url });
  expect(await unwrap(gateway.headCatalog())).toBeUndefined();
  const error = await unwrap(gateway.getBase()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GatewayError);
  expect(error).toMatchObject({ status: 401, code: "UNKNOWN", message: "the gateway replied with 401" });
  gateway.close();
});

test("a login fetches one token for all calls, and another before it expires", async () => {
  const gateway = createGatewayClient({ url, login: { name: "alice", password: "secret" } });
  const logins = () => seen.filter((one) => one.includes("/v2/token")).length;
  const startedAt = Date.now();
  // Only the clock: connections need the timers.
  jest.useFakeTimers({
    now: startedAt,
    doNotFake: ["nextTick", "setImmediate", "setTimeout", "setInterval"],
  });
  await Promise.all([gateway.getCatalog(), gateway.getCatalog(), gateway.getCatalog()]);
  expect(logins()).toBe(1);
  jest.setSystemTime(startedAt + 239_000);
  await unwrap(gateway.getCatalog());
  expect(logins()).toBe(1);
  jest.setSystemTime(startedAt + 241_000);
  await unwrap(gateway.getCatalog());
  expect(logins()).toBe(2);
  gateway.close();
});

test("an error says when the request may be repeated", async () => {
  const gateway = createGatewayClient({ url });
  await expect(unwrap(gateway.getUsers())).rejects.toMatchObject({ status: 503, retryAfterS: 7 });
  gateway.close();
});
