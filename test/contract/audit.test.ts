import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type Call, get, operation, postToken, put, type RequestHeaders } from "../support/operations.ts";

const file = join(testFolder(), "audit-decisions.log");
const pullsFile = join(testFolder(), "audit-pulls.log");
let world: TestGateway;
let auditsPulls: TestGateway;
let token = "";
/** Outcomes by row: all requests are sent together, because lines are written in batches. */
const outcomes = new Map<string, Awaited<ReturnType<typeof auditOf>>>();
beforeAll(async () => {
  world = await startTestGateway({ settings: { audit_log: file, trusted_proxies: ["127.0.0.1"] } });
  world.katello.setUser("nopat", { password: "right-pw", repositories: [], withoutTokens: true });
  world.katello.setUser("rita", { password: "right-pw", repositories: [] });
  await tokenOf(world, "rita:right-pw");
  world.katello.revoke("rita");
  auditsPulls = await startTestGateway({ settings: { audit_log: pullsFile, audit_pulls: true } });
  token = await tokenOf(world, "alice:secret");
  await Promise.all(
    [...rows, ...quiet].map(async ([what, as, request]) => {
      const { call, headers } = typeof request === "function" ? { call: request, headers: {} } : request;
      outcomes.set(what, await auditOf(world, file, as(), call, headers));
    }),
  );
});
afterAll(async () => {
  await world.stop();
  await auditsPulls.stop();
});

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
const linesOf = (path: string, id: string): object[] =>
  textOf(path)
    .split("\n")
    .filter((line) => line.includes(`"request_id":"${id}"`))
    .map((line) => JSON.parse(line));

let requests = 0;

/** Returns the audit lines of one request, once those of a later request have been written. */
async function auditOf(
  gateway: TestGateway,
  path: string,
  as: ClientOptions,
  call: Call,
  headers: RequestHeaders = {},
) {
  requests += 1;
  const id = `audit-${requests}`;
  const { status } = await caller(gateway, as)(call, { ...headers, "x-request-id": id });
  await caller(gateway, { token: "no good" })(get.base(), { "x-request-id": `${id}-end` });
  await eventually("the end is written", () => linesOf(path, `${id}-end`).length > 0);
  return { status, lines: linesOf(path, id) };
}

const unknownToken = "the token is unknown or expired";
const privateApp = { repository: "org/private-app", reference: "1.0" };
type Request = Call | { readonly call: Call; readonly headers: RequestHeaders };
const rows: [what: string, as: () => ClientOptions, request: Request, status: number, line: object][] = [
  [
    "a login",
    () => ({ basic: "alice:secret" }),
    get.token(),
    200,
    { event: "login", decision: "allowed", name: "alice", address: "127.0.0.1" },
  ],
  [
    "a login by form",
    () => ({}),
    postToken({ grant_type: "password", username: "bob", password: "hunter2" }),
    200,
    { event: "login", decision: "allowed", name: "bob" },
  ],
  [
    "a login with a search",
    () => ({ basic: "bob:hunter2" }),
    get.search({ q: "x" }),
    200,
    { event: "login", decision: "allowed", name: "bob" },
  ],
  [
    "a login with a wrong password",
    () => ({ basic: "alice:wrong-pw" }),
    get.token(),
    401,
    { event: "login", decision: "refused", name: "alice", why: "Katello refuses the credentials" },
  ],
  [
    "a login of an account without personal access tokens",
    () => ({ basic: "nopat:right-pw" }),
    get.token(),
    403,
    {
      event: "login",
      decision: "refused",
      name: "nopat",
      why: "the account lacks the permission create_personal_access_tokens in Foreman",
    },
  ],
  [
    "a login with stored credentials whose token is revoked",
    () => ({ basic: "rita:right-pw" }),
    get.token({ scope: ["repository:org/private-app:pull"] }),
    401,
    {
      event: "login",
      decision: "refused",
      name: "rita",
      why: expect.stringContaining("token is revoked in Foreman"),
    },
  ],
  [
    "a wrong password on a registry read",
    () => ({ basic: "alice:wrong-pw" }),
    get.manifest("org/private-app", "1.0"),
    401,
    { event: "login", decision: "refused", name: "alice", why: "Katello refuses the credentials" },
  ],
  [
    "the client address from a trusted proxy",
    () => ({ basic: "alice:wrong-pw" }),
    { call: get.token(), headers: { "x-forwarded-for": "203.0.113.7" } },
    401,
    { event: "login", decision: "refused", address: "203.0.113.7" },
  ],
  [
    "malformed credentials",
    () => ({}),
    { call: get.token(), headers: { authorization: "Basic %%%" } },
    401,
    {
      event: "access",
      decision: "refused",
      operation: "getToken",
      why: "the Authorization header can't be read",
    },
  ],
  [
    "an unknown token",
    () => ({ token: "nonsense" }),
    get.base(),
    401,
    { event: "access", decision: "refused", operation: "getBase", why: unknownToken },
  ],
  [
    "an unknown token on a repository",
    () => ({ token: "nonsense" }),
    get.manifest("org/private-app", "1.0"),
    401,
    { event: "access", decision: "refused", ...privateApp, why: unknownToken },
  ],
  [
    "an anonymous caller on a private repository",
    () => ({}),
    get.manifest("org/private-app", "1.0"),
    401,
    { event: "access", decision: "refused", caller: "anonymous", ...privateApp },
  ],
  [
    "a user without a grant",
    () => ({ token }),
    get.manifest("org/other-app", "1.0"),
    404,
    { event: "access", decision: "refused", caller: "user", name: "alice", repository: "org/other-app" },
  ],
  [
    "a host without a grant",
    () => ({ via: "unix" }),
    get.manifest("org/other-app", "1.0"),
    401,
    { event: "access", decision: "refused", caller: "anonymous" },
  ],
  [
    "administration over plain http",
    () => ({}),
    get.users(),
    403,
    {
      event: "administration",
      decision: "refused",
      operation: "getUsers",
      why: expect.stringMatching("plain http"),
    },
  ],
  [
    "administration with another certificate",
    () => ({ via: "https", certificate: "stranger" }),
    get.users(),
    403,
    { event: "administration", decision: "refused", name: "stranger.example.org" },
  ],
  [
    "administration",
    () => ({ via: "https", certificate: "foreman" }),
    get.users(),
    200,
    { event: "administration", decision: "allowed", name: "foreman.example.org", operation: "getUsers" },
  ],
  [
    "a sync",
    () => ({ via: "unix" }),
    put.hosts({ hosts: [{ uuid: "u-1" }] }),
    200,
    { event: "administration", decision: "allowed", name: "unix", operation: "putHosts" },
  ],
  [
    "a failed sync",
    () => ({ via: "unix" }),
    { call: put.hosts("<x/>"), headers: { "content-type": "text/xml" } },
    415,
    { event: "administration", decision: "failed", name: "unix", operation: "putHosts" },
  ],
];

const quiet: [what: string, as: () => ClientOptions, request: Request, status: number][] = [
  ["an anonymous request to /v2/", () => ({}), get.base(), 401],
  ["a request for the anonymous token", () => ({}), get.token(), 200],
  ["a pull of a missing manifest", () => ({ token }), get.manifest("org/private-app", "none"), 404],
  ["a pull", () => ({ token }), get.manifest("org/private-app", "1.0"), 200],
  [
    "an image push",
    () => ({ token }),
    operation("refusePut", { path: { path: "org/app/manifests/1.0" } }),
    405,
  ],
  ["a health check", () => ({}), get.health(), 200],
];

describe("the audit log has a line for", () => {
  test.each(rows)("%s", (what, _as, _request, status, line) => {
    expect(outcomes.get(what)?.status).toBe(status);
    expect(outcomes.get(what)?.lines).toMatchObject([line]);
  });

  test("a refused pull of a host", async () => {
    const { status, lines } = await auditOf(
      auditsPulls,
      pullsFile,
      { via: "https", certificate: "host" },
      get.manifest("org/other-app", "1.0"),
    );
    expect(status).toBe(404);
    expect(lines).toMatchObject([{ event: "access", decision: "refused", caller: "host", name: DEMO_HOST }]);
  });

  test("a login while Katello is unavailable", async () => {
    const lost = join(testFolder(), "audit-lost.log");
    const fresh = await startTestGateway({ settings: { audit_log: lost } });
    await fresh.katello.close();
    try {
      const { status, lines } = await auditOf(fresh, lost, { basic: "alice:secret" }, get.token());
      expect(status).toBe(503);
      expect(lines).toMatchObject([{ event: "login", decision: "failed", why: "Katello can't be reached" }]);
    } finally {
      await fresh.stop();
    }
  });
});

describe("the audit log has no line for", () => {
  test.each(quiet)("%s", (what, _as, _request, status) => {
    expect(outcomes.get(what)).toEqual({ status, lines: [] });
  });
});

test("audits allowed pulls with audit_pulls", async () => {
  const { status, lines } = await auditOf(auditsPulls, pullsFile, {}, get.manifest("org/public-app", "1.0"));
  expect(status).toBe(200);
  expect(lines).toMatchObject([
    {
      event: "pull",
      decision: "allowed",
      caller: "anonymous",
      repository: "org/public-app",
      reference: "1.0",
    },
  ]);
});

test("writes no password, token or certificate", async () => {
  const text = textOf(file);
  expect(text.length).toBeGreaterThan(1000);
  const base64 = (plain: string) => Buffer.from(plain).toString("base64");
  const secrets = [
    "secret",
    "hunter2",
    "wrong-pw",
    base64("alice:secret"),
    base64("alice:wrong-pw"),
    token,
    "nonsense",
  ];
  for (const secret of [...secrets, pem("host.crt").split("\n")[1] ?? "-"])
    expect(text).not.toContain(secret);
});

test("serves pulls when the audit log can't be written, and says so in status and metrics", async () => {
  const lost = await startTestGateway({ settings: { audit_log: "/nowhere/audit.log", audit_pulls: true } });
  try {
    expect(await pullStatus(lost, {}, "org/public-app")).toBe(200);
    expect(await pullStatus(lost)).toBe(401);
    const admin = client(lost, { via: "admin" });
    await eventually("the status names it", async () =>
      Boolean(
        (await admin.getStatus()).data?.problems.some(({ text }) => text.startsWith("the audit log can't")),
      ),
    );
    const { data: metrics } = await admin.getMetrics({ parseAs: "text" });
    expect(metrics).toMatch(/^container_gateway_audit_log_failing 1$/m);
    expect(metrics).toMatch(/^container_gateway_audit_lines_dropped_total 0$/m);
  } finally {
    await lost.stop();
  }
});
