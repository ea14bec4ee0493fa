/** The change of a site from the plugin to the gateway and back, under pulls, with a real Apache and a real PostgreSQL. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { DEMO_HOSTS, DEMO_USERS } from "../../src/demo/world.ts";
import { TestPostgres } from "../faults/postgres.ts";
import { ask, type Identity } from "../pulp/ask.ts";
import { freePorts } from "../pulp/ports.ts";
import { eventually } from "../support/eventually.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { PLUGIN } from "../support/plugin.ts";
import { type StandInSmartProxy, startSmartProxy } from "../support/smart-proxy.ts";
import { type Apache, startApache } from "./apache.ts";
import { installedApache } from "./installed-apache.ts";
import { callAsKatello } from "./katello.ts";
import { versionOf } from "./program.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const TRUSTED = ["foreman.example.org", "gateway.example.org"];
const identity = (name: string): Identity => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

/** The plugin's data of a large site, with the demo's repositories, users and host. */
const DATA = `
INSERT INTO repositories (name, auth_required) VALUES ('org/public-app', false), ('org/private-app', true);
INSERT INTO repositories (name, auth_required) SELECT 'org/app-' || n, true FROM generate_series(1, 5000) n;
INSERT INTO users (name) VALUES ('alice'), ('ALICE');
INSERT INTO users (name) SELECT 'user' || n FROM generate_series(1, 200) n;
INSERT INTO repositories_users VALUES (2, 1), (1, 2);
INSERT INTO hosts (uuid) VALUES ('${DEMO_HOST}');
INSERT INTO hosts (uuid) SELECT 'host-' || n FROM generate_series(1, 2000) n;
INSERT INTO hosts_repositories VALUES (1, 1), (1, 2);
INSERT INTO hosts_repositories SELECT n + 1, n FROM generate_series(1, 2000) n;`;

describe(`${await versionOf("apache2")}, a site that changes from the plugin to the gateway and back`, () => {
  const folder = join(testFolder(), "site-change");
  const postgres = new TestPostgres();
  let katello: DemoKatello;
  let pulp: DemoPulp;
  let smartProxy: StandInSmartProxy;
  let apache: Apache;
  let gateway: GatewayProcess | undefined;
  let apachePort = 0;
  let facadePort = 0;

  /** Callers that pull all the time, and the statuses that they get. */
  const statuses = new Map<string, number>();
  let isLoaded = true;
  const loads: Promise<void>[] = [];

  const paths = {
    smartProxy: join(folder, "settings.yml"),
    plugin: join(folder, "container_gateway.yml"),
    virtualHost: join(folder, "vhost.conf"),
    settings: join(folder, "gateway.yml"),
  };
  const service = () => `postgresql:///service?user=service&host=${encodeURIComponent(postgres.folder)}`;

  /** Settings that differ from those of the machine: `adopt` checks what the gateway will use. */
  const environment = () => ({
    CONTAINER_GATEWAY_FACADE_LISTEN: `https://127.0.0.1:${facadePort}`,
    CONTAINER_GATEWAY_LISTEN: `unix:${join(folder, "admin.sock")}`,
    CONTAINER_GATEWAY_RHSM_CA_FILE: join(testFolder(), "consumers.crt"),
    CONTAINER_GATEWAY_DB_MAX_CONNECTIONS: "6",
    CONTAINER_GATEWAY_WORKERS: "1",
  });

  const configurationFor = (port: number) =>
    installedApache({
      installer: "foreman-installer",
      port: apachePort,
      gateway: `localhost:${port}`,
      pulp,
      hostsCa: join(testFolder(), "consumers.crt"),
    });

  /** Rewrites Apache's virtual host, as the installer does, for a URL of the record. */
  async function install(port: number): Promise<void> {
    writeFileSync(
      paths.virtualHost,
      `ProxyPass /v2/ https://localhost:${port === facadePort ? 9091 : 9090}/container_gateway/v2/`,
    );
    await apache.reload(configurationFor(port));
  }

  async function adopt(...args: string[]): Promise<{ status: number; text: string }> {
    const child: ChildProcess = spawn(
      process.execPath,
      [
        ...[CLI, "adopt", ...args, "--yes", "--config", paths.settings, "--database", service()],
        ...["--smart-proxy-settings", paths.smartProxy, "--plugin-settings", paths.plugin],
        ...["--virtual-host", paths.virtualHost, "--host-name", "localhost", "--account", "root"],
        ...["--backup-folder", join(folder, "backups"), "--pg-dump", "/usr/lib/postgresql/15/bin/pg_dump"],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment() } },
    );
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
    const [status] = await once(child, "close");
    return { status, text };
  }

  const registry = (path: string, who: Identity | undefined, authorization?: string) =>
    ask({
      url: `https://localhost:${apachePort}${path}`,
      ca: pem("ca.crt"),
      identity: who,
      headers: authorization === undefined ? {} : { authorization },
    });

  /** Pulls as podman does: a 401 leads to the token, with the stored credentials. */
  async function pull(repository: string, who?: Identity, credentials?: string): Promise<number> {
    const path = `/v2/${repository}/manifests/latest`;
    const first = await registry(path, who);
    if (first.status !== 401) return first.status;
    const basic =
      credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    const { body } = await registry(`/v2/token?scope=repository:${repository}:pull`, who, basic);
    return (await registry(path, who, `Bearer ${JSON.parse(body.toString()).token}`)).status;
  }

  function load(name: string, ...args: Parameters<typeof pull>): void {
    loads.push(
      (async () => {
        while (isLoaded) {
          const status = await pull(...args).catch((error: unknown) => String(error));
          const key = `${name} ${status}`;
          statuses.set(key, (statuses.get(key) ?? 0) + 1);
          await sleep(5);
        }
      })(),
    );
  }

  const pulled = (): number => [...statuses.values()].reduce((sum, count) => sum + count, 0);
  /** Waits until each caller has pulled again. */
  async function afterPulls(): Promise<void> {
    const before = pulled();
    await eventually("pulls go on", () => pulled() > before + 30);
  }

  beforeAll(async () => {
    mkdirSync(folder);
    await postgres.start();
    for (const sql of [
      "CREATE ROLE plugin LOGIN",
      "CREATE ROLE service LOGIN",
      "CREATE DATABASE container_gateway OWNER plugin",
      "CREATE DATABASE service OWNER service",
      "REVOKE ALL ON DATABASE service FROM PUBLIC",
    ])
      await postgres.sql(sql, "postgres");
    await postgres.sql(`SET ROLE plugin; ${PLUGIN} ${DATA}`, "container_gateway");
    const ca = pem("ca.crt");
    const server = { cert: pem("server.crt"), key: pem("server.key") };
    katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
    pulp = await startDemoPulp({ tls: { ca, ...server } });
    smartProxy = await startSmartProxy(TRUSTED);
    smartProxy.hasPlugin = true;
    apachePort = await freePorts(2);
    facadePort = apachePort + 1;
    const file = (name: string) => join(testFolder(), name);
    writeFileSync(
      paths.smartProxy,
      [
        `:ssl_ca_file: ${file("ca.crt")}`,
        `:ssl_certificate: ${file("server.crt")}`,
        `:ssl_private_key: ${file("server.key")}`,
        `:trusted_hosts: [${TRUSTED.join(", ")}]`,
        `:foreman_url: ${katello.origin}/`,
        `:foreman_ssl_cert: ${file("gateway.crt")}`,
        `:foreman_ssl_key: ${file("gateway.key")}`,
        `:https_port: ${smartProxy.port}`,
        ":log_level: INFO",
        "",
      ].join("\n"),
    );
    writeFileSync(
      paths.plugin,
      `:enabled: https\n:pulp_endpoint: ${pulp.origin}\n:db_connection_string: postgresql:///container_gateway?user=plugin&host=${encodeURIComponent(postgres.folder)}\n`,
    );
    apache = await startApache(configurationFor(smartProxy.port), apachePort);
    await install(smartProxy.port);
  }, 120_000);
  afterAll(async () => {
    isLoaded = false;
    await Promise.all(loads);
    await apache?.stop();
    await gateway?.stop();
    await Promise.all([katello?.close(), pulp?.close(), smartProxy?.close()]);
    await postgres.stop();
  });

  test("refuses no pull during the change, the installer's next run and the way back", async () => {
    load("anonymous", "org/public-app");
    load("user", "org/private-app", undefined, "alice:secret");
    load("host", "org/private-app", identity("host"));
    await afterPulls();

    const first = await adopt();
    expect(first.text).toContain("copied 5002 repositories, 202 users, 2001 hosts");
    expect(first.text).toMatch(/^to do {3}start the gateway/m);
    const backup = /^run {5}backup: (\S+),/m.exec(first.text)?.[1] ?? "";
    expect(readFileSync(backup, "utf8")).toContain("org/app-5000");
    await afterPulls();

    gateway = await startGatewayProcess({
      config: paths.settings,
      env: environment(),
    });
    await install(facadePort);
    smartProxy.requests.splice(0);
    await eventually("Apache leads to the gateway", async () => {
      smartProxy.requests.splice(0);
      await afterPulls();
      return smartProxy.requests.length === 0;
    });
    const entry = (repository: string, auth_required: boolean) => ({ repository, auth_required });
    const repositories = [entry("org/public-app", false), entry("org/private-app", true)];
    const answers = await callAsKatello(
      { base: `https://localhost:${facadePort}`, ca: pem("ca.crt"), identity: identity("foreman") },
      [
        { method: "get", path: "v2/features" },
        { method: "put", path: "container_gateway/repository_list", payload: { repositories } },
      ],
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await afterPulls();

    // The installer writes everything again, and the plugin, enabled again, empties its tables.
    await install(facadePort);
    await postgres.sql("TRUNCATE repositories, users, hosts CASCADE", "container_gateway");
    await afterPulls();
    const second = await adopt();
    expect(second.text.match(/^done/gm)).toHaveLength(6);
    expect(second.text).toMatch(/^to do {3}keep the plugin disabled/m);
    await afterPulls();

    expect((await adopt("--undo")).text).toContain("Apache still leads the registry to the gateway");
    await install(smartProxy.port);
    await eventually("Apache leads to the plugin", async () => {
      const before = smartProxy.requests.length;
      await afterPulls();
      return smartProxy.requests.length >= before + 30;
    });
    expect((await adopt("--undo")).text).toMatch(/^run {5}settings: moved/m);
    await gateway.stop();
    gateway = undefined;
    await afterPulls();
    isLoaded = false;
    await Promise.all(loads);
    expect([...statuses.keys()].sort()).toEqual(["anonymous 200", "host 200", "user 200"]);
  }, 180_000);
});
