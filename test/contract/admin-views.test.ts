/** What the status page shows beside the state: samples, decisions, settings, events, and lists that are searched. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createGatewayClient } from "../../src/client/index.ts";
import { caller, client, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { get } from "../support/operations.ts";

let world: TestGateway;
const admin = () => client(world, { via: "admin" });
const auditFile = join(testFolder(), "audit-views.log");

beforeAll(async () => {
  world = await startTestGateway({
    settings: { audit_log: auditFile, audit_pulls: true, foreman_failed_logins: 0 },
  });
});
afterAll(async () => {
  await world.stop();
});

const pull = (token: string, name: string) => caller(world, { token })(get.manifest(name, "latest"));

describe("samples", () => {
  test("count pulls with their durations, and no looks of operators", async () => {
    const requestsOf = async () =>
      ((await admin().getHistory()).data?.samples ?? []).reduce((sum, one) => sum + one.requests, 0);
    const before = await requestsOf();
    const token = await tokenOf(world, "alice:secret");
    for (let count = 0; count < 5; count += 1) await pull(token, "org/private-app");
    expect(await requestsOf()).toBe(before + 6);
    expect(await requestsOf()).toBe(before + 6);
    const last = (await admin().getHistory()).data?.samples.at(-1);
    expect(last?.median_ms).toBeGreaterThan(0);
    expect(last?.p95_ms).toBeGreaterThanOrEqual(last?.median_ms ?? Number.POSITIVE_INFINITY);
  });
});

describe("decisions", () => {
  const read = async (query: { user?: string; repository?: string; decision?: "refused"; n?: number }) =>
    (await admin().getAudit({ params: { query } })).data;

  test("are read from the file, the newest first, and selected", async () => {
    const token = await tokenOf(world, "alice:secret");
    await pull(token, "org/private-app");
    await pull(token, "org/other-app");
    // Until the file has been opened, decisions come from memory.
    await eventually("the refused pull is in the file", async () => {
      const found = await read({ repository: "org/other-app" });
      return found?.source === auditFile && found.decisions.length === 1;
    });
    const page = await read({ user: "ALI", decision: "refused", n: 1 });
    expect(page).toMatchObject({
      source: auditFile,
      decisions: [{ event: "access", decision: "refused", name: "alice", repository: "org/other-app" }],
    });
    const requestIds = (await read({}))?.decisions.map(({ request_id }) => request_id) ?? [];
    const written = readFileSync(auditFile, "utf8").trimEnd().split("\n");
    const newestFirst = written.map((line) => JSON.parse(line).request_id).reverse();
    expect(newestFirst.slice(-requestIds.length)).toEqual(requestIds);
  });

  test("come from memory without a file", async () => {
    const other = await startTestGateway({ settings: { audit_log: "off" } });
    try {
      await tokenOf(other, "alice:secret");
      const { data } = await client(other, { via: "admin" }).getAudit();
      expect(data).toMatchObject({
        source: "memory",
        decisions: [{ event: "login", decision: "allowed", name: "alice" }],
      });
    } finally {
      await other.stop();
    }
  });
});

describe("settings", () => {
  test("have their values and origins, and no secret", async () => {
    const { data } = await admin().getSettings();
    const of = (name: string) => data?.settings.find((one) => one.name === name);
    expect(of("workers")).toMatchObject({
      value: "1",
      origin: expect.stringMatching(/settings-.*\.yml:\d+$/),
    });
    expect(of("idle_timeout")).toMatchObject({ origin: "default" });
    expect(of("listen")?.value).toMatch(/^https:\/\/127\.0\.0\.1:0, http:\/\/127\.0\.0\.1:0, unix:\//);
    expect(of("ssl_private_key")?.value).toMatch(/server\.key$/);
    expect(JSON.stringify(data)).not.toMatch(/BEGIN|PRIVATE KEY-/);
    const secret = "postgresql://gateway:pw-9q@db.example.org/x?password=pw-9q";
    const { effectiveSettings } = await import("../../src/admin/effective-settings.ts");
    const { loadSettings } = await import("../../src/settings/load.ts");
    const { writeSettings } = await import("../support/gateway.ts");
    const path = writeSettings({
      db_connection_string: secret,
      foreman_url: "https://f",
      pulp_endpoint: "https://p",
      listen: "http://127.0.0.1:0",
    });
    const shown = effectiveSettings(loadSettings(path, { CONTAINER_GATEWAY_WORKERS: "3" }));
    expect(shown.find(({ name }) => name === "db_connection_string")?.value).toMatch(/gateway:hidden@/);
    expect(JSON.stringify(shown)).not.toMatch("pw-9q");
    expect(shown.find(({ name }) => name === "workers")?.origin).toBe("CONTAINER_GATEWAY_WORKERS");
  });
});

describe("lists", () => {
  test("are searched, and count what they select", async () => {
    const { data } = await admin().getRepositoryList({ params: { query: { q: "PRIVATE", n: 0 } } });
    expect(data).toEqual({ repositories: [], total: 1 });
    const { data: found } = await admin().getRepositoryList({ params: { query: { q: "-app", n: 2 } } });
    expect(found?.repositories.map(({ name }) => name)).toEqual(["org/other-app", "org/private-app"]);
    expect(found?.total).toBe(3);
    const { data: wild } = await admin().getRepositoryList({ params: { query: { q: "%" } } });
    expect(wild?.total).toBe(0);
    await tokenOf(world, "alice:secret");
    const { data: tokens } = await admin().getTokenList({ params: { query: { q: "alice" } } });
    expect(tokens?.total).toBe(1);
  });
});

describe("events", () => {
  /** Reads events until one of this name has come. */
  const eventOf = async (name: string, act: () => unknown = () => undefined): Promise<unknown> => {
    const reader = createGatewayClient({ socketPath: world.adminSocket });
    try {
      const { response } = await reader.getEvents({ parseAs: "stream" });
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      act();
      let text = "";
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        const [, event] = new RegExp(`event: ${name}\ndata: (.*)\n\n`).exec(text) ?? [];
        if (event !== undefined) return JSON.parse(event);
      }
      throw new Error(`the events ended without ${name}`);
    } finally {
      reader.close();
    }
  };

  test("bring the state, the samples, and decisions as they are made", async () => {
    expect(await eventOf("status")).toMatchObject({ status: "ok", database: "up" });
    expect(await eventOf("history")).toMatchObject({ interval_seconds: 15 });
    expect(await eventOf("audit", () => tokenOf(world, "bob:hunter2"))).toContainEqual(
      expect.objectContaining({ event: "login", name: "bob", decision: "allowed" }),
    );
  });

  test("end at a shutdown, which does not wait for them", async () => {
    const other = await startTestGateway();
    let stopped: Promise<void> | undefined;
    const started = performance.now();
    const reader = createGatewayClient({ socketPath: other.adminSocket });
    const { response } = await reader.getEvents({ parseAs: "stream" });
    for await (const _ of response.body ?? []) stopped ??= other.stop();
    expect(stopped).toBeDefined();
    await stopped;
    reader.close();
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
