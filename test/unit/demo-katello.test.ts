import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Agent, request } from "undici";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { type DemoKatello, MAX_REQUESTS, startDemoKatello } from "../../src/demo/katello.ts";

const alice = { password: "se:crét", repositories: ["org/app", "org/pub"] };
const basic = (login: string, password: string) =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;

let katello: DemoKatello;

beforeAll(async () => {
  katello = await startDemoKatello({
    users: { alice, bob: { password: "b", repositories: [] } },
    hosts: { "u-1": ["org/app"] },
    unauthenticated: ["org/pub"],
  });
});

afterAll(() => katello.close());

beforeEach(() => {
  katello.delay = 0;
  katello.clearRequests();
  katello.setUser("alice", alice);
});

async function get(path: string, headers: Record<string, string> = {}) {
  const { statusCode, headers: answered, body } = await request(`${katello.origin}${path}`, { headers });
  return { status: statusCode, type: answered["content-type"], text: await body.text() };
}

async function json(path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const { status, text } = await get(path, headers);
  return { status, ...JSON.parse(text) };
}

const asAlice = { authorization: basic("alice", alice.password) };

const STORED_HASH = expect.stringMatching(/^\$2a\$04\$[./A-Za-z0-9]{53}$/);

/** test/katello compares the replies with those of Katello's own controller. */
describe("the token endpoint", () => {
  const token = { status: 200, token: STORED_HASH, expires_in: expect.any(Number) };

  test("gives a user one token, issued once, with a sliding lifetime", async () => {
    const first = await json("/v2/token?account=alice", asAlice);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await json("/v2/token?account=alice", asAlice);
    const [one, two] = [first, second].map((answer) => Object(answer));
    expect(two.token).toBe(one.token);
    expect(two.issued_at).toBe(one.issued_at);
    expect(two.expires_in).toBeGreaterThan(one.expires_in);
    expect(Math.abs(Date.parse(one.issued_at) + one.expires_in * 1000 - Date.now() - 3_600_000)).toBeLessThan(
      5000,
    );
  });

  test("alters the next replies on request", async () => {
    katello.twistNextToken({ without: ["issued_at", "token"] });
    katello.twistNextToken({ body: '{"token":"unauthorized"}' });
    katello.twistNextToken({ status: 502, contentType: "text/html", body: "<html>" });
    const path = "/v2/token?account=alice";
    expect(await json(path, asAlice)).toEqual({
      status: 200,
      expires_in: expect.any(Number),
    });
    expect(await json(path, asAlice)).toEqual({ status: 200, token: "unauthorized" });
    expect(await get(path, asAlice)).toEqual({ status: 502, type: "text/html", text: "<html>" });
    expect(await json(path, asAlice)).toMatchObject(token);
  });
});

describe("the catalog", () => {
  test("accepts a token until its user is removed", async () => {
    const { token } = Object(await json("/v2/token?account=alice", asAlice));
    const headers = { authorization: `Bearer ${token}` };
    expect(await json("/v2/_catalog", headers)).toMatchObject({ repositories: ["org/pub", "org/app"] });
    katello.setUser("Alice", undefined);
    expect(await json("/v2/_catalog", headers)).toMatchObject({ repositories: ["org/pub"] });
  });

  test("follows changes in the access of users and hosts", async () => {
    katello.setUser("alice", { ...alice, repositories: ["other"] });
    katello.setHost("u-3", ["x"]);
    expect(await json("/v2/_catalog", asAlice)).toMatchObject({ repositories: ["org/pub", "other"] });
    expect(await json("/v2/_catalog", { hostuuid: "u-3" })).toMatchObject({ repositories: ["x"] });
    katello.setHost("u-3", undefined);
    expect(await json("/v2/_catalog", { hostuuid: "u-3" })).toMatchObject({ repositories: ["org/pub"] });
  });
});

test("rejects an expired token until its user logs in again", async () => {
  const short = await startDemoKatello({ users: { alice }, unauthenticated: ["org/pub"], tokenLife: 2 });
  try {
    const ask = async (path: string, authorization: string) => {
      const { statusCode, body } = await request(`${short.origin}${path}`, { headers: { authorization } });
      return { status: statusCode, ...Object(await body.json()) };
    };
    const login = () => ask("/v2/token?account=alice", asAlice.authorization);
    const { token, expires_in } = await login();
    expect(expires_in).toBe(2);
    const uses = async () => [
      (await ask("/v2/", `Bearer ${token}`)).status,
      (await ask("/v2/_catalog", `Bearer ${token}`)).repositories,
    ];
    const good = [200, ["org/pub", "org/app"]];
    expect(await uses()).toEqual(good);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await uses()).toEqual([401, ["org/pub"]]);
    expect((await login()).token).toBe(token);
    expect(await uses()).toEqual(good);
  } finally {
    await short.close();
  }
});

describe("the endpoint /v2/", () => {
  test("accepts passwords, and a token until its user is removed", async () => {
    const token = JSON.parse((await get("/v2/token?account=alice", asAlice)).text).token;
    const asToken = { authorization: `Bearer ${token}` };
    const statusOf = async (headers: Record<string, string>) => (await get("/v2/", headers)).status;
    expect([await statusOf({}), await statusOf(asAlice), await statusOf(asToken)]).toEqual([401, 200, 200]);
    expect(await statusOf({ authorization: "Bearer unauthenticated" })).toBe(401);
    katello.setUser("alice", undefined);
    expect(await statusOf(asToken)).toBe(401);
  });
});

test("answers 404 on other routes, records requests and delays replies", async () => {
  katello.delay = 50;
  const begun = performance.now();
  expect(await get("/v2/nothing")).toMatchObject({ status: 404 });
  expect(performance.now() - begun).toBeGreaterThan(45);
  expect(katello.requests).toMatchObject([{ method: "GET", url: "/v2/nothing", client: undefined }]);
  katello.delay = 0;
  for (let sent = 0; sent < MAX_REQUESTS; sent++) await get(`/v2/_catalog?n=${sent}`);
  expect(katello.requests).toHaveLength(MAX_REQUESTS);
  expect(katello.requests.at(-1)?.url).toBe(`/v2/_catalog?n=${MAX_REQUESTS - 1}`);
});

test("serves TLS with and without a client certificate, at a configured path", async () => {
  const { ca, server, gateway } = await makeCertificates();
  const { ca: otherCa, ...other } = await makeCertificates();
  const secure = await startDemoKatello({ tls: { ca, server }, path: "/registry/v2/", users: {} });
  try {
    for (const pair of [gateway, {}, other.gateway]) {
      const dispatcher = new Agent({ connect: { ca, ...pair } });
      const { statusCode, body } = await request(`${secure.origin}/registry/v2/token`, { dispatcher });
      await body.dump();
      expect(statusCode).toBe(200);
      await dispatcher.close();
    }
    expect(secure.requests.map(({ client }) => client)).toEqual([
      "gateway.example.org",
      undefined,
      undefined,
    ]);
    const distrustful = new Agent({ connect: { ca: otherCa } });
    await expect(request(`${secure.origin}/registry/v2/token`, { dispatcher: distrustful })).rejects.toThrow(
      "certificate",
    );
    await distrustful.close();
  } finally {
    await secure.close();
  }
});
