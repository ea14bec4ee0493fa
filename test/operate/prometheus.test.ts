/** Metrics, alerts and the dashboard, with a real Prometheus. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { unwrap } from "../../src/client/index.ts";
import { listens } from "../clients/apache.ts";
import { type Daemon, startDaemon } from "../clients/command.ts";
import { programPath } from "../clients/program.ts";
import { freePorts } from "../pulp/ports.ts";
import { callAt } from "../support/calls.ts";
import { caller, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { put } from "../support/operations.ts";

const packaging = fileURLToPath(new URL("../../packaging/prometheus/", import.meta.url));
const docs = fileURLToPath(new URL("../../docs/monitoring.md", import.meta.url));
const RULES = join(packaging, "container-gateway.rules.yml");

let world: TestGateway;
const closers: (() => unknown)[] = [];
let api: string;
let folder: string;

const metricsOf = async () => {
  const [{ url = "" } = {}] = world.gateway.metrics;
  return callAt(url, (gateway) => unwrap(gateway.getMetrics({ parseAs: "text" })));
};

/** Result of an instant query, by the labels. */
async function query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]> {
  const reply = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = JSON.parse(await reply.text());
  return data.result.map(
    ({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => ({
      metric,
      value: Number(value[1]),
    }),
  );
}

async function firing(): Promise<string[]> {
  const { data } = JSON.parse(await (await fetch(`${api}/api/v1/alerts`)).text());
  return data.alerts
    .filter(({ state }: { state: string }) => state === "firing")
    .map(({ labels }: { labels: Record<string, string> }) =>
      `${labels.alertname} ${labels.kind ?? ""}`.trim(),
    );
}

const sync = (body: string) =>
  caller(world, { via: "unix", prefix: "/container_gateway" })(put.repositories(body));
const GOOD = "repositories[][repository]=org%2Fprivate-app&repositories[][auth_required]=true";

beforeAll(async () => {
  world = await startTestGateway({ settings: { metrics_listen: ["http://127.0.0.1:0"] } });
  closers.push(() => world.stop());
  await sync(GOOD);
  await tokenOf(world, "alice:secret");
  folder = mkdtempSync(join(testFolder(), "prometheus-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const rules = join(folder, "rules.yml");
  // The alerts themselves; only their times are shorter.
  const shorter = readFileSync(RULES, "utf8")
    .replaceAll(/for: \w+/g, "for: 0s")
    .replaceAll("offset 1d", "offset 1s")
    .replaceAll("[1d]", "[5s]");
  writeFileSync(rules, shorter);
  const [{ url = "" } = {}] = world.gateway.metrics;
  const config = join(folder, "prometheus.yml");
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [rules],
      scrape_configs: [{ job_name: "container-gateway", static_configs: [{ targets: [new URL(url).host] }] }],
    }),
  );
  const port = await freePorts(1);
  api = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus: Daemon = await startDaemon(programPath("prometheus"), args, () => listens(port), {});
  closers.push(() => prometheus.stop());
}, 90_000);
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe("the metrics", () => {
  test("are as Prometheus wants them: promtool finds nothing", async () => {
    const input = await metricsOf();
    expect(execFileSync(programPath("promtool"), ["check", "metrics"], { input, encoding: "utf8" })).toBe("");
  });

  test("are scraped by Prometheus", async () => {
    await eventually("the gateway is up", async () => (await query("up"))[0]?.value === 1, 30);
    await eventually(
      "systems are up",
      async () => (await query("container_gateway_up")).map(({ value }) => value).join() === "1,1,1",
      30,
    );
    expect(await query("container_gateway_last_sync_success")).toMatchObject([
      { metric: { kind: "repositories" }, value: 1 },
    ]);
  });

  test("are all in the documentation, and no others", async () => {
    const text = await metricsOf();
    const exposed = [...text.matchAll(/^# TYPE container_gateway_(\w+) /gm)].map(([, name]) => name);
    const [, table = ""] = readFileSync(docs, "utf8").split("\n## Metrics\n");
    const documented = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(documented.toSorted()).toEqual(exposed.toSorted());
  });

  test.each(["container-gateway.rules.yml", "grafana-dashboard.json"])("of %s exist", async (file) => {
    const text = await metricsOf();
    const used = readFileSync(join(packaging, file), "utf8").matchAll(
      /(?:container_gateway|process|nodejs)_\w+/g,
    );
    const names = [...new Set([...used].map(([name]) => name.replace(/_bucket$/, "")))];
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
  });
});

describe("the alerts", () => {
  test("pass their own tests", () => {
    const file = join(packaging, "container-gateway.rules.test.yml");
    const said = execFileSync(programPath("promtool"), ["test", "rules", file], { encoding: "utf8" });
    expect(said).toContain("SUCCESS");
  });

  test("have a runbook each", () => {
    const headings = readFileSync(docs, "utf8").matchAll(/^### (\w+)$/gm);
    const alerts = [...readFileSync(RULES, "utf8").matchAll(/alert: (\w+)[\s\S]*?runbook_url: (\S+)/g)];
    expect([...headings].map(([, name]) => name)).toEqual(alerts.map(([, name]) => name));
    for (const [, name = "", url] of alerts)
      expect(url).toBe(`http://127.0.0.1:9444/manual/monitoring.html#${name.toLowerCase()}`);
  });

  test("fire for a failed sync, and end with a good one", async () => {
    expect((await sync("[]")).status).toBe(400);
    await eventually(
      "the alert fires",
      async () => (await firing()).includes("ContainerGatewaySyncFailed repositories"),
      30,
    );
    await sync(GOOD);
    await eventually(
      "the alert has ended",
      async () => !(await firing()).includes("ContainerGatewaySyncFailed repositories"),
      30,
    );
  });

  test("fire for a gateway to which Katello has never synced", async () => {
    expect(await firing()).not.toContain("ContainerGatewaySyncMissing");
    await world.sql("DELETE FROM pushes");
    await eventually(
      "the alert fires",
      async () => (await firing()).includes("ContainerGatewaySyncMissing"),
      30,
    );
  });

  test("fire for a Pulp that is down", async () => {
    await world.pulp.close();
    await eventually(
      "the alert fires",
      async () => (await firing()).includes("ContainerGatewayUpstreamDown"),
      30,
    );
  });
});
