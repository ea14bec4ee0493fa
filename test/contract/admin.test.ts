/** What operators see and do over the socket of administration. */
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { createGatewayClient, unwrap } from "../../src/client/index.ts";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { caller, client, loginStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get, operation, put } from "../support/operations.ts";

let world: TestGateway;
const logged: string[] = [];
const admin = () => client(world, { via: "admin" });

beforeAll(async () => {
  world = await startTestGateway({
    settings: { metrics_listen: ["http://127.0.0.1:0"], grants_ttl: 3600, foreman_failed_logins: 0 },
    log: pino({ level: "trace" }, { write: (line: string) => void logged.push(line) }),
  });
  await eventually("it is ready", () => logged.some((line) => line.includes("change feed connected")));
});
afterAll(async () => {
  await world.stop();
});

/** Sends a sync of repositories as Katello does. */
async function syncRepositories(names: readonly string[], body?: string): Promise<number> {
  const sync = { repositories: names.map((repository) => ({ repository, auth_required: true })) };
  const send = caller(world, { via: "unix", prefix: "/container_gateway" });
  return (await send(put.repositories(body ?? sync))).status;
}

const pull = (token: string, name = "org/private-app") =>
  caller(world, { token })(get.manifest(name, "latest"));

/** Values of a metric by its labels, as text. */
function valuesOf(text: string, name: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => new RegExp(`^${name}(?:\\{| )`).test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = "", value] = /^[^{ ]+(\{.*\})? (.*)$/.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

describe("the status", () => {
  test("tells the state of every part, and that nothing is wrong", async () => {
    const { data } = await admin().getStatus();
    expect(data).toMatchObject({
      status: "ok",
      problems: [],
      database: "up",
      change_feed: "connected",
      upstreams: [
        { name: "Katello", state: "up", breaker: "closed" },
        { name: "Pulp", state: "up", breaker: "closed" },
      ],
      counts: { repositories: 3, open_repositories: 1 },
      workers: [{ pid: process.pid }],
    });
    const own = new X509Certificate(pem("server.crt"));
    expect(data?.certificates.find(({ setting }) => setting === "ssl_certificate")?.expires_at).toBe(
      new Date(own.validTo).toISOString(),
    );
  });

  test("names a failed sync, and what helps", async () => {
    expect(await syncRepositories([], "[]")).toBe(400);
    const { data } = await admin().getStatus();
    expect(data).toMatchObject({ status: "degraded" });
    expect(data?.problems[0]?.text).toMatch(/^the last sync of repositories failed at /);
    expect(data?.problems[0]?.advice).toMatch(/sync the Smart Proxy/);
    await syncRepositories(["org/private-app", "org/other-app"]);
    expect((await admin().getStatus()).data?.status).toBe("ok");
    const { data: list } = await admin().getSyncList({ params: { query: { kind: "repositories", n: 2 } } });
    expect(list?.syncs.map(({ outcome }) => outcome === "done")).toEqual([true, false]);
  });
});

describe("a refused sync", () => {
  test("shows in the status, and is an error in the log", async () => {
    const over = { via: "https", prefix: "/container_gateway" } as const;
    const { status, headers } = await caller(world, { ...over, certificate: "gateway" })(get.users());
    expect(status).toBe(403);
    const { data } = await admin().getStatus();
    expect(data?.refused_syncs).toMatchObject([{ operation: "getUsers", name: "gateway.example.org" }]);
    const problems = data?.problems.map(({ text }) => text);
    expect(problems).toContainEqual(
      expect.stringMatching(/^calls of gateway\.example\.org are refused, .*trusted_hosts$/),
    );
    // It is recorded after the reply.
    await eventually("the last sync of users has failed", async () => {
      const texts = (await admin().getStatus()).data?.problems.map(({ text }) => text) ?? [];
      return texts.some((text) => /^the last sync of users failed .*trusted_hosts$/.test(text));
    });
    const errors = logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);
    expect(errors.filter(({ msg }) => msg === "sync refused")).toMatchObject([
      { request_id: headers["x-request-id"], err: { message: expect.stringContaining("trusted_hosts") } },
    ]);
    expect((await caller(world, { ...over, certificate: "foreman" })(get.users())).status).toBe(200);
    expect((await admin().getStatus()).data?.problems.map(({ text }) => text)).not.toContainEqual(
      expect.stringMatching(/^the last sync of users/),
    );
  });
});

describe("lists and details", () => {
  test("show a user with tokens, grants and failed logins", async () => {
    await tokenOf(world, "alice:secret");
    await loginStatus(world, "ALICE:wrong");
    const { data } = await admin().getUserDetails({ params: { path: { login: "Alice" } } });
    expect(data).toMatchObject({ login: "alice", failed_logins: 1, left_out: false });
    // Katello issued the token during the login.
    const [loggedInAt, issuedAt] = [data?.last_login_at, data?.tokens[0]?.issued_at].map((at) =>
      Date.parse(at ?? ""),
    );
    expect(loggedInAt).toBeGreaterThanOrEqual(issuedAt ?? Number.NaN);
    expect(data?.grants).toContain("org/private-app");
    expect(data?.tokens).toHaveLength(1);
    const { data: users } = await admin().getUserList();
    expect(users?.users).toMatchObject([{ login: "alice", tokens: 1, last_login_at: data?.last_login_at }]);
    const { data: tokens } = await admin().getTokenList();
    expect(tokens?.tokens).toEqual(data?.tokens);
  });

  test("show a host and a repository with its subjects", async () => {
    await client(world, { via: "https", certificate: "host" }).getCatalog();
    const times = { seen_at: "2026-11-20T10:00:00+00:00", pulled_at: "2026-11-19T10:00:00+00:00" };
    await world.sql(
      `INSERT INTO host_activity VALUES ('${DEMO_HOST}', '${times.seen_at}', '${times.pulled_at}')`,
    );
    const { data: host } = await admin().getHostDetails({ params: { path: { uuid: DEMO_HOST } } });
    expect(host).toMatchObject({
      uuid: DEMO_HOST,
      unregistered: false,
      grants: ["org/private-app"],
      ...times,
    });
    const { data } = await admin().getRepositoryDetails({
      params: { path: { repository: "org/private-app" } },
    });
    expect(data).toMatchObject({
      listed: true,
      auth_required: true,
      users: ["alice"],
      hosts: [DEMO_HOST],
      host_count: 1,
    });
    const { data: hosts } = await admin().getHostList();
    expect(hosts?.hosts).toMatchObject([{ uuid: DEMO_HOST, grants: 1, ...times }]);
  });

  test("of a repository name the tags in the caches, with their digests", async () => {
    const details = async (repository: string) =>
      (await admin().getRepositoryDetails({ params: { path: { repository } } })).data;
    await admin().deleteCache();
    expect(await details("org/private-app")).toMatchObject({ cached_tags: [], cached_tag_count: 0 });
    const token = await tokenOf(world, "alice:secret");
    const ask = (tag: string) =>
      caller(world, { token })(get.manifest("org/private-app", tag), {
        accept: "application/vnd.oci.image.manifest.v1+json",
      });
    const { status, headers } = await ask("latest");
    expect(status).toBe(200);
    expect((await ask("missing")).status).toBe(404);
    const expires_at = expect.any(String);
    const latest = { tag: "latest", digest: headers["docker-content-digest"], expires_at };
    const missing = { tag: "missing", missing: true, expires_at };
    expect(await details("org/private-app")).toMatchObject({
      cached_tags: [latest, missing],
      cached_tag_count: 2,
    });
    // The list of tags adds those whose manifests are not cached.
    const { tags } = JSON.parse((await caller(world, { token })(get.tags("org/private-app"))).text);
    expect((await details("org/private-app"))?.cached_tags.map(({ tag }) => tag)).toEqual(
      [...new Set([...tags, "missing"])].sort(),
    );
    expect((await details("org/private-app"))?.cached_tags).toContainEqual(latest);
    expect(await details("org/other-app")).toMatchObject({ cached_tags: [], cached_tag_count: 0 });
  });

  test("are read page by page", async () => {
    const page = async (last?: string) =>
      (
        await admin().getRepositoryList({
          params: { query: { n: 1, ...(last === undefined ? {} : { last }) } },
        })
      ).data?.repositories;
    expect(await page()).toMatchObject([{ name: "org/other-app", users: 0 }]);
    expect(await page("org/other-app")).toMatchObject([{ name: "org/private-app", users: 1, hosts: 1 }]);
    expect(await page("org/private-app")).toEqual([]);
  });

  test.each([
    ["getUserDetails", { login: "nobody" }],
    ["getHostDetails", { uuid: "00000000-0000-0000-0000-000000000000" }],
    ["getRepositoryDetails", { repository: "org/nothing" }],
    ["deleteUserTokens", { login: "nobody" }],
    ["deleteToken", { checksum: "0".repeat(64) }],
    ["deleteHost", { uuid: "00000000-0000-0000-0000-000000000000" }],
  ] as const)("%s of something unknown is 404 in words", async (id, path) => {
    const { status, text } = await caller(world, { via: "admin" })(operation(id, { path }));
    expect(status).toBe(404);
    expect(JSON.parse(text).errors[0].message).toMatch(/^no /);
  });
});

describe("an explanation", () => {
  const explain = async (query: { repository: string; user?: string; host?: string }) =>
    (await admin().getExplanation({ params: { query } })).data;

  test("of a grant names its source and what would end it", async () => {
    expect(await explain({ user: "alice", repository: "org/private-app" })).toMatchObject({
      decision: "allowed",
      caller: { kind: "user", name: "alice" },
      reason: "the repository is granted to this user",
      facts: [
        { text: "org/private-app requires authorization", source: "Katello's list of repositories" },
        { text: "the user has 1 valid token" },
        { text: "org/private-app is granted", source: "Katello, for this user", at: expect.any(String) },
      ],
    });
  });

  test("dates a grant by the later one of the user's login and the sync of all users", async () => {
    const { data: user } = await admin().getUserDetails({ params: { path: { login: "alice" } } });
    const grant = async () =>
      (await explain({ user: "alice", repository: "org/private-app" }))?.facts.find(({ text }) =>
        text.endsWith("is granted"),
      );
    expect(await grant()).toMatchObject({ source: "Katello, for this user", at: user?.granted_at });
    const sync = put.userGrants({
      users: [{ alice: [{ repository: "org/private-app", auth_required: true }] }],
    });
    const { status } = await caller(world, { via: "unix", prefix: "/container_gateway" })(sync);
    expect(status).toBe(200);
    const { data: last } = await admin().getSyncList({ params: { query: { kind: "user_grants", n: 1 } } });
    expect(await grant()).toMatchObject({ source: "Katello's sync", at: last?.syncs[0]?.at });
  });

  test("says that a user without a valid token has to log in first", async () => {
    await tokenOf(world, "alice:secret");
    await admin().deleteUserTokens({ params: { path: { login: "alice" } } });
    const loggedOut = expect.objectContaining({
      text: "the user has no valid token: pulls get 401 until the next login",
    });
    const granted = await explain({ user: "alice", repository: "org/private-app" });
    expect(granted).toMatchObject({ decision: "allowed", facts: expect.arrayContaining([loggedOut]) });
    expect(granted?.advice).toEqual([
      "log in first: podman login",
      "in Katello, take the repository from the user, and sync the Smart Proxy",
    ]);
    const refused = await explain({ user: "alice", repository: "org/other-app" });
    expect(refused?.advice[0]).toBe("log in first: podman login");
    await tokenOf(world, "alice:secret");
  });

  test("of a refusal says what would have to change", async () => {
    expect(await explain({ user: "alice", repository: "org/other-app" })).toMatchObject({
      decision: "refused",
      status: 404,
      advice: ["in Foreman, give the user a role that may view the repository, and log in again or sync"],
    });
    expect(await explain({ host: DEMO_HOST, repository: "org/nothing" })).toMatchObject({
      decision: "refused",
      facts: expect.arrayContaining([expect.objectContaining({ text: "org/nothing is not listed" })]),
    });
  });

  test("of a caller about whom nothing is stored is open", async () => {
    expect(await explain({ user: "carol", repository: "org/private-app" })).toMatchObject({
      decision: "unknown",
      reason: "Katello tells the grants of a user at the first login",
      advice: ["log in once: podman login"],
    });
  });

  test("names one caller at most", async () => {
    const { error } = await admin().getExplanation({
      params: { query: { repository: "a", user: "alice", host: DEMO_HOST } },
    });
    expect(error?.errors[0]?.message).toBe("name one of user, host and certificate");
  });
});

describe("an action takes effect at once", () => {
  test("tokens of a user end", async () => {
    const token = await tokenOf(world, "alice:secret");
    expect((await pull(token)).status).toBe(200);
    const { data } = await admin().deleteUserTokens({ params: { path: { login: "ALICE" } } });
    expect(data).toEqual({ text: "1 token of ALICE ended", count: 1 });
    expect((await pull(token)).status).toBe(401);
    const { data: user } = await admin().getUserDetails({ params: { path: { login: "alice" } } });
    expect(user).toMatchObject({ tokens: [], last_login_at: expect.any(String) });
  });

  test("a token ends by its checksum", async () => {
    const token = await tokenOf(world, "alice:secret");
    const { data } = await admin().getTokenList();
    const checksum = data?.tokens[0]?.checksum ?? "";
    await admin().deleteToken({ params: { path: { checksum } } });
    expect((await pull(token)).status).toBe(401);
  });

  test("a deleted host is asked about again", async () => {
    const asHost = caller(world, { via: "https", certificate: "host" });
    await admin().deleteHost({ params: { path: { uuid: DEMO_HOST } } });
    world.katello.setHost(DEMO_HOST, []);
    const { status } = await asHost(get.manifest("org/private-app", "latest"));
    expect(status).toBe(404);
    world.katello.setHost(DEMO_HOST, ["org/private-app"]);
  });

  test("a locked account is unlocked, whatever its spelling", async () => {
    const logIn = (basic: string) => loginStatus(world, basic);
    for (let attempts = 0; attempts < 10; attempts += 1) await logIn("bob:wrong");
    expect(await logIn("bob:hunter2")).toBe(429);
    expect((await admin().getStatus()).data?.problems.at(-1)?.advice).toMatch(/container-gateway unlock/);
    const { data } = await admin().deleteLockouts({ params: { query: { user: "BOB" } } });
    expect(data?.text).toBe("unlocked");
    expect(await logIn("bob:hunter2")).toBe(200);
    await admin().deleteLockouts({ params: { query: { address: "127.0.0.1" } } });
    expect((await admin().deleteLockouts({ params: { query: { address: "127.0.0.1" } } })).data?.count).toBe(
      0,
    );
  });

  test("caches are cleared", async () => {
    const token = await tokenOf(world, "alice:secret");
    await pull(token);
    world.pulp.requests.length = 0;
    await pull(token);
    expect(world.pulp.requests).toHaveLength(0);
    expect((await admin().deleteCache()).data?.text).toBe("the caches of 1 worker are empty");
    expect((await pull(token)).status).toBe(200);
    expect(world.pulp.requests).toHaveLength(1);
  });

  test("caches of one repository are cleared", async () => {
    const token = await tokenOf(world, "alice:secret");
    const clear = async (repository: string) =>
      (await admin().deleteCache({ params: { query: { repository } } })).data?.text;
    await pull(token);
    world.pulp.requests.length = 0;
    expect(await clear("org/other-app")).toBe("the caches of 1 worker hold nothing about org/other-app");
    await pull(token);
    expect(world.pulp.requests).toHaveLength(0);
    expect(await clear("org/private-app")).toBe("the caches of 1 worker hold nothing about org/private-app");
    expect((await pull(token)).status).toBe(200);
    expect(world.pulp.requests).toHaveLength(1);
  });

  test("the log level changes, and returns after a time", async () => {
    const level = async () => (await admin().getStatus()).data?.workers[0]?.log_level;
    expect(await level()).toBe("trace");
    await admin().putLogLevel({ params: { query: { level: "warn", seconds: 1 } } });
    expect(await level()).toBe("warn");
    while ((await level()) !== "trace") await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("metrics", () => {
  const text = () => unwrap(client(world, { via: "admin" }).getMetrics({ parseAs: "text" }));

  test("count requests by operation, status and caller, and upstream requests", async () => {
    const before = valuesOf(await text(), "container_gateway_requests_total");
    const row = '{operation="getManifest",status="404",caller="user"}';
    const token = await tokenOf(world, "alice:secret");
    await pull(token, "org/other-app");
    await pull(token);
    const after = await text();
    expect(valuesOf(after, "container_gateway_requests_total")[row]).toBe((before[row] ?? 0) + 1);
    expect(valuesOf(after, "container_gateway_upstream_requests_total")).toMatchObject({
      '{upstream="pulp",result="200"}': expect.any(Number),
      '{upstream="katello",result="200"}': expect.any(Number),
    });
    expect(after).toMatch(
      /^container_gateway_request_duration_seconds_bucket\{le="\+Inf",operation="getManifest"\} \d+$/m,
    );
  });

  test("tell the state of systems, syncs, caches, certificates and rows", async () => {
    const all = await text();
    expect(valuesOf(all, "container_gateway_up")).toEqual({
      '{system="postgresql"}': 1,
      '{system="katello"}': 1,
      '{system="pulp"}': 1,
    });
    expect(valuesOf(all, "container_gateway_change_feed_connected")).toEqual({ "": 1 });
    expect(valuesOf(all, "container_gateway_last_sync_success")).toEqual({
      '{kind="repositories"}': 1,
      '{kind="user_grants"}': 1,
      '{kind="users"}': 1,
    });
    expect(valuesOf(all, "container_gateway_repositories")).toEqual({ "": 2 });
    expect(valuesOf(all, "container_gateway_logins_total")['{result="refused"}']).toBeGreaterThan(9);
    expect(valuesOf(all, "container_gateway_cache_lookups_total")).toHaveProperty(
      '{cache="content",result="hit"}',
    );
    const expiry = valuesOf(all, "container_gateway_certificate_expiry_timestamp_seconds");
    expect(expiry['{setting="ssl_certificate"}']).toBeGreaterThan(Date.now() / 1000);
  });

  test("count what a limit refuses", async () => {
    const small = await startTestGateway({ settings: { login_attempts: 1 } });
    try {
      for (let attempts = 0; attempts < 3; attempts += 1) await loginStatus(small, "alice:wrong");
      const { text: all } = await caller(small, { via: "admin" })(get.metrics());
      expect(valuesOf(all, "container_gateway_limit_refusals_total")).toEqual({
        '{limit="login_attempts"}': 2,
      });
    } finally {
      await small.stop();
    }
  });

  test("are served to everybody at metrics_listen, and nothing else is", async () => {
    const [{ url = "" } = {}] = world.gateway.metrics;
    const at = createGatewayClient({ url });
    expect((await at.getMetrics({ parseAs: "text" })).response.status).toBe(200);
    for (const call of [at.getStatus(), at.getHealth(), at.getBase(), at.getUsers()])
      expect((await call).response.status).toBe(404);
    at.close();
    const page = await fetch(`${url}/docs/`);
    // An unread reply would keep its connection busy.
    await page.text();
    expect(page.status).toBe(404);
  });
});

test("the socket of administration serves no registry, and takes no sync", async () => {
  // The contract has no 404 of some of these operations.
  const url = "http://localhost/container_gateway";
  const at = createGatewayClient({ socketPath: world.adminSocket });
  const belowPrefix = createGatewayClient({ url, socketPath: world.adminSocket });
  const params = { path: { name: "org/public-app", reference: "latest" } };
  for (const call of [at.getBase(), belowPrefix.getUsers(), at.getManifest({ params })])
    expect((await call).response.status).toBe(404);
  expect((await at.getHealth()).response.status).toBe(200);
  at.close();
  belowPrefix.close();
});

test("actions are in the audit log, looks are not", async () => {
  const lines: string[] = [];
  const { pino } = await import("pino");
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const audited = await startTestGateway({ log });
  try {
    const at = client(audited, { via: "admin" });
    await at.getStatus();
    await at.deleteCache({ params: { query: { repository: "org/private-app" } } });
    await tokenOf(audited, "alice:secret");
    await at.deleteUserTokens({ params: { path: { login: "alice" } } });
    await at.deleteLockouts({ params: { query: { user: "a b", address: "192.0.2.1" } } });
    await at.putLogLevel({ params: { query: { level: "info", seconds: 60 } } });
    await at.deleteHost({ params: { path: { uuid: "unknown-host" } } });
    const audits = lines
      .map((line) => JSON.parse(line))
      .filter(({ audit, event }) => audit === true && event === "administration");
    const allowed = { decision: "allowed", name: "unix" };
    expect(audits).toMatchObject([
      {
        ...allowed,
        operation: "deleteCache",
        subject: "repository=org/private-app",
        repository: "org/private-app",
      },
      { ...allowed, operation: "deleteUserTokens", subject: "login=alice" },
      { ...allowed, operation: "deleteLockouts", subject: 'user="a b" address=192.0.2.1' },
      { ...allowed, operation: "putLogLevel", subject: "level=info seconds=60" },
      { decision: "failed", operation: "deleteHost", subject: "uuid=unknown-host" },
    ]);
    const page = await at.getAudit({ params: { query: { user: "A B" } } });
    expect(page.data?.decisions).toMatchObject([{ operation: "deleteLockouts" }]);
  } finally {
    await audited.stop();
  }
});

test("only accounts of the same group may open the socket", async () => {
  const { statSync } = await import("node:fs");
  expect(statSync(world.adminSocket).mode & 0o777).toBe(0o660);
});
