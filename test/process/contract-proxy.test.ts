/** The proxy passes everything on unchanged, and finds what breaks the contract on either side. */

import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Agent } from "undici";
import { encodeForm } from "../../src/client/forms.ts";
import type { Problem } from "../../src/contract/place.ts";
import { HarWriter } from "../../src/contract/proxy/har-writer.ts";
import {
  type ContractProxy,
  createContractProxy,
  type ProxyOptions,
} from "../../src/contract/proxy/proxy.ts";
import { checkRecording } from "../../src/contract/recording/check-recording.ts";
import { readRecording } from "../../src/contract/recording/recording.ts";
import { type DeviatingProxy, startDeviatingProxy } from "../support/deviating-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { DEVIATIONS, exchange } from "../support/katello-calls.ts";

let world: TestGateway;
let deviating: DeviatingProxy;
beforeAll(async () => {
  world = await startTestGateway({ settings: { login_ttl: 60 } });
  deviating = await startDeviatingProxy(world.https);
});
afterAll(async () => {
  await deviating.close();
  await world.stop();
});
beforeEach(() => {
  deviating.deviation = undefined;
});

interface Running extends AsyncDisposable {
  readonly proxy: ContractProxy;
  readonly url: string;
  readonly findings: string[];
}

const pair = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

async function start(options: Partial<ProxyOptions> = {}): Promise<Running> {
  const findings: string[] = [];
  const proxy = await createContractProxy({
    to: new URL(world.https),
    ca: pem("ca.crt"),
    server: pair("server"),
    clientCa: pem("ca.crt"),
    client: pair("foreman"),
    onFinding: (finding) => void findings.push(finding),
    ...options,
  });
  await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.server.address() as AddressInfo;
  return {
    proxy,
    findings,
    url: `https://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly as?: string;
}

async function send(origin: string, { method = "GET", path, headers = {}, body, as }: Sent) {
  const agent = new Agent({ connect: { ca: pem("ca.crt"), ...(as === undefined ? {} : pair(as)) } });
  const reply = await agent.request({ origin, method, path, headers, body: body ?? null });
  const bytes = Buffer.from(await reply.body.arrayBuffer());
  await agent.close();
  return { status: reply.statusCode, headers: reply.headers, bytes };
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const put = (path: string, body: string): Sent => ({
  method: "PUT",
  path: `/container_gateway${path}`,
  headers: FORM,
  body,
  as: "foreman",
});
const basic = { authorization: `Basic ${Buffer.from("alice:secret").toString("base64")}` };
const HOST = "00000000-0000-4000-8000-c0ffee000000";

test("a reply through the proxy is the one without it", async () => {
  await using running = await start();
  const accept = { accept: "*/*", "x-request-id": "same" };
  for (const sent of [
    { path: "/v2/org/public-app/manifests/latest", headers: accept },
    { path: "/v2/org/public-app/manifests/latest", headers: accept, method: "HEAD" },
    { path: "/v2/org/none/tags/list", headers: { "x-request-id": "same", host: "localhost" } },
    { path: "/container_gateway/users", headers: { "x-request-id": "same" }, as: "foreman" },
  ]) {
    const direct = await send(world.https, sent);
    const passed = await send(running.url, sent);
    for (const one of [direct, passed]) delete one.headers.date;
    expect({ ...passed, origin: sent.path }).toEqual({ ...direct, origin: sent.path });
  }
  expect(running.findings).toEqual([]);
});

test("Foreman's certificate is shown for a caller who has shown one of Foreman's, and for no other", async () => {
  await using running = await start();
  expect((await send(running.url, { path: "/container_gateway/users", as: "foreman" })).status).toBe(200);
  expect((await send(running.url, { path: "/container_gateway/users" })).status).toBe(403);
  expect((await send(running.url, { path: "/container_gateway/users", as: "stranger" })).status).toBe(403);
});

test("a large sync streams through, and is checked as it does", async () => {
  await using running = await start();
  const repositories = Array.from({ length: 20_000 }, (_, index) => ({
    repository: `org/app-${index}`,
    auth_required: true,
  }));
  const body = encodeForm({ hosts: [{ [HOST]: repositories }] });
  expect(body.length).toBeGreaterThan(1024 ** 2);
  expect((await send(running.url, put("/update_host_repositories/", body))).status).toBe(200);
  const wrong = `${body}&hosts[][${HOST}][][repository]=no+name&hosts[][${HOST}][][auth_required]=true`;
  await send(running.url, put("/update_host_repositories/", wrong));
  await eventually("it is found", () => running.findings.length > 0);
  expect(running.findings).toEqual([expect.stringMatching(/^PUT .*: body: the entry .*"no name"/)]);
});

describe("a deviation is found", () => {
  test("of Katello", async () => {
    await using running = await start();
    await send(running.url, put("/update_host_repositories/", `hosts[${HOST}]=1`));
    await send(running.url, { path: "/container_gateway/logins", as: "foreman" });
    await eventually("both are found", () => running.findings.length > 1);
    expect(running.findings).toEqual([
      expect.stringMatching(/^PUT \/container_gateway\/update_host_repositories\/: body: /),
      expect.stringMatching(
        /^GET \/container_gateway\/logins: the contract has no operation for it \(openapi.yaml:\d+ #\/paths\)$/,
      ),
    ]);
  });

  test.each(Object.entries(DEVIATIONS))("of Katello: %s", async (_, changes) => {
    await using running = await start();
    const { method, url, headers, body } = exchange(changes);
    await send(running.url, {
      method,
      path: new URL(url).pathname,
      headers,
      body: body ?? "",
      as: "foreman",
    });
    await eventually("it is found", () => running.findings.length > 0);
    expect(running.findings[0]).toMatch(/ \(openapi\.yaml:\d+ #/);
  });

  test("of the gateway", async () => {
    await using running = await start({ to: new URL(deviating.url) });
    deviating.deviation = (reply) => {
      reply.status = 204;
      reply.text = "";
    };
    expect((await send(running.url, { path: "/container_gateway/users", as: "foreman" })).status).toBe(204);
    await eventually("it is found", () => running.findings.length > 0);
    expect(running.findings).toEqual([
      expect.stringMatching(
        /^GET .*users -> 204: the contract has no status 204 for getUsers \(openapi.yaml:\d+ #\/paths\/~1users\/get\/responses\)$/,
      ),
    ]);
  });

  test("of a gateway that is away", async () => {
    await using running = await start({ to: new URL("https://127.0.0.1:1") });
    expect((await send(running.url, { path: "/v2/" })).status).toBe(502);
    expect(running.findings).toEqual([
      expect.stringMatching(/^GET \/v2\/: the gateway did not reply: .*REFUSED/),
    ]);
  });
});

test("a caller that disconnects within its body does not stop the proxy", async () => {
  await using running = await start();
  const { port } = new URL(running.url);
  const socket = connect({ host: "127.0.0.1", port: Number(port), ca: pem("ca.crt"), ...pair("foreman") });
  await once(socket, "secureConnect");
  socket.write(
    "POST /v2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n" +
      "Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=a",
  );
  await eventually("the body has begun", () => socket.bytesWritten > 0);
  socket.destroy();
  await eventually("it is found", () => running.findings.length > 0);
  expect((await send(running.url, { path: "/v2/" })).status).toBe(401);
});

test("the recording holds no secrets, is its owner's, and keeps the contract", async () => {
  const file = join(testFolder(), "proxy.har");
  let token = "";
  {
    await using running = await start({ recording: new HarWriter(file) });
    const login = await send(running.url, { path: "/v2/token?account=alice", headers: basic });
    ({ token } = JSON.parse(login.bytes.toString()));
    const form = "grant_type=password&service=registry&client_id=x&username=alice&password=secret";
    await send(running.url, { method: "POST", path: "/v2/token", headers: FORM, body: form });
    const authorization = `Bearer ${token}`;
    await send(running.url, { path: "/v2/_catalog", headers: { authorization } });
    await send(running.url, put("/update_host_repositories/", `hosts[][${HOST}]`));
    expect(running.findings).toEqual([]);
  }
  const text = readFileSync(file, "utf8");
  expect(token).not.toBe("");
  for (const secret of [token, "secret", basic.authorization.slice(6)]) expect(text).not.toContain(secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const problems: Problem[] = [];
  let exchanges = 0;
  for await (const { request, reply } of checkRecording(readRecording(file))) {
    problems.push(...request, ...reply);
    exchanges += 1;
  }
  expect(problems).toEqual([]);
  expect(exchanges).toBe(4);
});

test("the recording of a body that is too long says so, and is not judged by what it lacks", async () => {
  const file = join(testFolder(), "long.har");
  const entries = Array.from({ length: 20_000 }, (_, index) => ({
    repository: `org/app-${index}`,
    auth_required: true,
  }));
  {
    await using running = await start({ recording: new HarWriter(file) });
    const body = encodeForm({ hosts: [{ [HOST]: entries }] });
    expect((await send(running.url, put("/update_host_repositories/", body))).status).toBe(200);
  }
  expect(readFileSync(file, "utf8")).toContain("omitted: the body is too long");
  for await (const { request, reply } of checkRecording(readRecording(file)))
    expect([...request, ...reply]).toEqual([]);
});
