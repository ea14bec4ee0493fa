/** Reloads of a running gateway, under load. */

import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Pool } from "undici";
import { stringify } from "yaml";
import { startDemoKatello } from "../../src/demo/katello.ts";
import { startDemoPulp } from "../../src/demo/pulp.ts";
import { DEMO_REPOSITORIES, DEMO_USERS } from "../../src/demo/world.ts";
import { tokenAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

/** Requests during the reloads, and the connections that stay open meanwhile. */
const MIN_REQUESTS = 50_000;
const KEPT_CONNECTIONS = 500;

const folder = testFolder();
const config = join(folder, "reload.yml");
const certificate = join(folder, "reload.crt");
const key = join(folder, "reload.key");
const socket = join(folder, "reload.sock");
const closers: (() => unknown)[] = [];
let gateway: GatewayProcess;
let settings: Record<string, unknown>;
let token: string;

function write(more: Record<string, unknown> = {}): void {
  writeFileSync(config, stringify({ ...settings, ...more }));
}

const times = (text: string): number => gateway.said().split(`"msg":"${text}"`).length - 1;

/** Reloads by a signal, and waits until it has ended. */
async function reload(expected: "reloaded" | "reload failed: nothing has changed"): Promise<void> {
  const before = times(expected);
  gateway.child.kill("SIGHUP");
  await eventually(expected, () => times(expected) > before, 60);
}

async function command(...words: string[]): Promise<{ code: unknown; text: string }> {
  const { ended, said } = startCommand(...words, "--config", config);
  return { code: await ended, text: said() };
}

beforeAll(async () => {
  const database = await createDatabase();
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  const katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: {} });
  closers.push(() => katello.close());
  const pulp = await startDemoPulp({ tls: { ca, ...server } });
  closers.push(() => pulp.close());
  settings = {
    ...settingsFor(katello.origin, pulp.origin, database, socket),
    ssl_certificate: certificate,
    ssl_private_key: key,
    max_connections_per_address: 2_000,
    max_requests_per_address: 2_000,
    serve_before_first_sync: true,
  };
  await query(
    database,
    "INSERT INTO repositories (name, auth_required) SELECT * FROM unnest($1::text[], $2::bool[])",
    [
      DEMO_REPOSITORIES.map(({ repository }) => repository),
      DEMO_REPOSITORIES.map(({ auth_required }) => auth_required),
    ],
  );
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Serial number of the certificate that the gateway shows to a new connection. */
function shownSerial(): Promise<string> {
  const { port } = new URL(gateway.addresses[0] ?? "");
  return new Promise((resolve, reject) => {
    const tls = connectTls({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false }, () => {
      resolve(tls.getPeerX509Certificate()?.serialNumber ?? "");
      tls.destroy();
    });
    tls.on("error", reject);
  });
}

describe.each([2, 1])("a reload with workers: %d", (count) => {
  beforeAll(async () => {
    settings = { ...settings, workers: count };
    write();
    copyFileSync(join(folder, "server.crt"), certificate);
    copyFileSync(join(folder, "server.key"), key);
    gateway = await startGatewayProcess({ config });
    const [, http = ""] = gateway.addresses;
    token = await tokenAt(http, { name: "alice", password: "secret" });
  });
  afterAll(() => gateway.stop());

  test(`refuses none of ${MIN_REQUESTS} requests, and resets none of ${KEPT_CONNECTIONS} kept connections`, async () => {
    const [, http = ""] = gateway.addresses;
    const pool = new Pool(http, { connections: KEPT_CONNECTIONS, pipelining: 1, keepAliveTimeout: 60_000 });
    const outcomes = new Map<string, number>();
    let sent = 0;
    let isLoaded = true;
    const pull = async () => {
      sent += 1;
      const outcome = await pool
        .request({
          path: "/v2/org/private-app/manifests/latest",
          method: "GET",
          headers: { authorization: `Bearer ${token}`, accept: "*/*" },
        })
        .then(
          async ({ statusCode, body }) => {
            await body.text();
            return String(statusCode);
          },
          (error: unknown) => String(error),
        );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    const load = Promise.all(
      Array.from({ length: KEPT_CONNECTIONS }, async () => {
        while (isLoaded) await pull();
      }),
    );
    try {
      await eventually("all connections are used", () => sent > 4 * KEPT_CONNECTIONS, 60);
      write({ tag_ttl: 7 });
      await reload("reloaded");
      write({ log_level: "info", workers: count + 1 });
      await reload("reloaded");
      write({ pulp_endpoint: "not a URL" });
      await reload("reload failed: nothing has changed");
      write();
      await reload("reloaded");
      await eventually("there were enough requests", () => sent >= MIN_REQUESTS, 240);
    } finally {
      isLoaded = false;
      await load;
      await pool.close();
    }
    expect(Object.fromEntries(outcomes)).toEqual({ 200: sent });
  }, 300_000);

  test("starts the number of workers that the settings name, and with their log level", async () => {
    write({ workers: count + 1, log_level: "debug" });
    await reload("reloaded");
    const { workers } = JSON.parse((await command("status", "--json")).text);
    expect(workers).toMatchObject(Array.from({ length: count + 1 }, () => ({ log_level: "debug" })));
    write();
    await reload("reloaded");
    expect(JSON.parse((await command("status", "--json")).text).workers).toHaveLength(count);
  });

  test("by the command says what is wrong, and changes nothing", async () => {
    write({ tag_ttl: "soon" });
    const { code, text } = await command("reload");
    expect(code).toBe(1);
    expect(text).toMatch(
      /nothing has changed: the settings can't be used:\n.*reload\.yml:\d+: tag_ttl: must be a whole number/,
    );
    write({ db_connection_string: undefined });
    expect((await command("reload")).text).toMatch(/db_connection_string .*needs a restart/);
    write();
    const before = times("reloaded");
    expect(await command("reload")).toMatchObject({ code: 0 });
    await eventually("it is done", () => times("reloaded") > before, 60);
  });

  test("happens by itself when a certificate is replaced", async () => {
    expect(await shownSerial()).toBe(new X509Certificate(readFileSync(certificate)).serialNumber);
    const before = times("reloaded");
    copyFileSync(join(folder, "gateway.crt"), certificate);
    copyFileSync(join(folder, "gateway.key"), key);
    await eventually("it is reloaded", () => times("reloaded") > before, 60);
    const reasons = [...gateway.said().matchAll(/"reason":"([^"]*)","msg":"reloading"/g)].map(
      ([, why]) => why,
    );
    expect([`${certificate} has changed`, `${key} has changed`]).toContain(reasons.at(-1));
    expect(await shownSerial()).toBe(new X509Certificate(pem("gateway.crt")).serialNumber);
  });
});
