import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { createGatewayClient } from "../../src/client/index.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { type ClientOptions, caller, client } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get } from "../support/operations.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterAll(async () => {
  await world.stop();
});

describe("health, readiness and the contract", () => {
  testLines(
    () => world,
    [
      { when: "liveness", call: get.health(), status: 200, json: { status: "ok" } },
      { when: "with a trailing slash", call: raw("GET /healthz/"), status: 200 },
      {
        when: "readiness",
        call: get.readiness(),
        status: 200,
        json: { status: "ready", database: "up", upstreams: { pulp: "up", katello: "up" } },
      },
      {
        when: "the contract",
        call: get.contract(),
        status: 200,
        says: /^openapi: 3\.0\.3/,
        answers: { "content-type": "application/yaml" },
      },
    ],
  );

  test("readiness shows the last sync of each kind to administrators only", async () => {
    await client(world, { via: "unix" }).putHosts({ body: { hosts: [{ uuid: "u-1" }, { uuid: "u-2" }] } });
    const { data } = await client(world, { via: "unix" }).getReadiness();
    expect(data?.syncs).toMatchObject([{ kind: "hosts", entries: 2, inserted: 2, deleted: 0 }]);
    const byCertificate = await client(world, { via: "https", certificate: "foreman" }).getReadiness();
    expect(byCertificate.data?.syncs).toHaveLength(1);
    const strangers: ClientOptions[] = [
      { via: "http" },
      { via: "https" },
      { via: "https", certificate: "host" },
      { basic: "alice:secret" },
      { token: "made-up" },
    ];
    for (const stranger of strangers)
      expect((await client(world, stranger).getReadiness()).data).toEqual({
        status: "ready",
        reasons: [],
        database: "up",
        syncs: [],
        upstreams: { pulp: "up", katello: "up" },
      });
  });

  test("readiness is degraded, and still 200, after a failed sync, with the reason for everybody", async () => {
    const admin = client(world, { via: "unix", prefix: "/container_gateway" });
    const readiness = async () => {
      const { status, text } = await caller(world)(get.readiness());
      return [status, JSON.parse(text)];
    };
    const broken = { body: { hosts: [] }, bodySerializer: () => "[]" };
    expect((await admin.putHosts(broken)).response.status).toBe(400);
    const failed = {
      status: "degraded",
      reasons: ["the last sync of hosts failed"],
      database: "up",
      syncs: [],
    };
    expect(await readiness()).toMatchObject([200, failed]);
    expect((await admin.putHosts({ body: { hosts: [] } })).response.status).toBe(200);
    expect(await readiness()).toMatchObject([200, { status: "ready", reasons: [] }]);
  });

  test("readiness shows other roles that may change the tables to administrators only, and the log at startup", async () => {
    const database = await createDatabase();
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    await query(database, "GRANT TRUNCATE, SELECT ON hosts TO with_password");
    const shared = await startTestGateway({ database, log });
    try {
      const writers = async (options: ClientOptions) =>
        (await client(shared, options).getReadiness()).data?.other_writers;
      expect(await writers({ via: "unix" })).toEqual(["with_password"]);
      expect(await writers({ via: "http" })).toBeUndefined();
      const warning = lines.map((line) => JSON.parse(line)).find(({ roles }) => roles !== undefined);
      expect(warning).toMatchObject({ level: 40, roles: ["with_password"] });
      // Reading is no danger, nor is a privilege of a role that may not connect.
      await query(database, "REVOKE TRUNCATE ON hosts FROM with_password");
      expect(await writers({ via: "unix" })).toEqual([]);
      await query(database, "GRANT INSERT ON users TO with_password");
      expect(await writers({ via: "unix" })).toEqual(["with_password"]);
      await query(database, `REVOKE CONNECT ON DATABASE ${new URL(database).pathname.slice(1)} FROM PUBLIC`);
      expect(await writers({ via: "unix" })).toEqual([]);
    } finally {
      await shared.stop();
    }
  });

  test("reports 503 on /readyz and decides nothing without its database, while /healthz reports 200", async () => {
    const lost = await startTestGateway({ settings: { outage_grace: 0 } });
    const server = withDatabase(lost.database, "postgres");
    const name = new URL(lost.database).pathname.slice(1);
    await query(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await query(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    try {
      const send = caller(lost);
      const readiness = () => send(get.readiness());
      await eventually("it is not ready", async () => (await readiness()).status === 503);
      expect(JSON.parse((await readiness()).text)).toMatchObject({ status: "unavailable", database: "down" });
      expect((await send(get.health())).status).toBe(200);
      for (const call of [get.manifest("org/public-app", "1.0"), get.tags("org/private-app")]) {
        const { status, headers } = await send(call);
        expect([status, headers["retry-after"]]).toEqual([503, "2"]);
      }
      expect((await caller(lost, { token: "x" })(get.base())).status).toBe(503);
    } finally {
      await lost.stop();
    }
  });
});

test("a kept connection to a worker that a reload has exchanged still gets 200 from /readyz", async () => {
  const exchanged = await startTestGateway();
  // Keeps its connection. A new one would be refused.
  const kept = createGatewayClient({ url: exchanged.http });
  const check = async () => (await kept.getReadiness()).response.status;
  try {
    expect(await check()).toBe(200);
    const stopped = exchanged.gateway.stop({ lingerMs: 2_000 });
    expect(await check()).toBe(200);
    await stopped;
  } finally {
    kept.close();
    await exchanged.stop();
  }
});

describe("the API page", () => {
  test("is served with all files it needs", async () => {
    const page = await (await fetch(`${world.http}/docs/`)).text();
    const needs = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(needs).toEqual(["swagger-ui.css", "swagger-ui-bundle.js", "page.js"]);
    for (const path of needs) expect((await fetch(`${world.http}/docs/${path}`)).status).toBe(200);
    expect((await fetch(`${world.http}/docs/page.js`)).headers.get("content-security-policy")).toMatch(
      "default-src 'self'",
    );
  });

  test.each(["package.json", "index.js", "swagger-ui.js", "x"])(
    "has no other files, such as %s",
    async (file) => {
      expect((await fetch(`${world.http}/docs/${file}`)).status).toBe(404);
    },
  );

  test.each([
    [{ "if-match": '"z"' }, 412],
    [{ range: "bytes=99999999-" }, 416],
  ])("rejects %j without revealing paths", async (headers, status) => {
    const reply = await fetch(`${world.http}/docs/swagger-ui.css`, { headers });
    expect(reply.status).toBe(status);
    expect(await reply.text()).toMatch(/^[A-Z][A-Za-z ]+$/);
  });

  test("is the redirect target of the root", async () => {
    const answer = await fetch(`${world.http}/`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "docs/"]);
  });
});
