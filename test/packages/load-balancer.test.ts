/** Two gateways behind a real HAProxy, with the configurations of docs/load-balancer.md. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { listens } from "../clients/apache.ts";
import { type Daemon, startDaemon, until } from "../clients/command.ts";
import { CLI } from "../clients/site.ts";
import { freePorts } from "../pulp/ports.ts";
import { createDatabase } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { ROOT } from "./folders.ts";

const ALICE = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
const PULLS = 40;

let katello: DemoKatello;
let pulp: DemoPulp;
let gateways: readonly Daemon[] = [];
beforeAll(async () => {
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
  pulp = await startDemoPulp({ tls: { ca, ...server } });
});
afterAll(async () => {
  await pulp?.close();
  await katello?.close();
});

const portOf = (gateway: Daemon): string => /"url":"https:[^"]+:(\d+)"/.exec(gateway.said())?.[1] ?? "";

async function startGateways(): Promise<void> {
  const database = await createDatabase();
  const settings = settingsFor(katello.origin, pulp.origin, database, "");
  const file = join(testFolder(), `${randomBytes(4).toString("hex")}.yml`);
  const other = { listen: ["https://127.0.0.1:0"], trusted_proxies: ["127.0.0.1"], admin_listen: "off" };
  writeFileSync(file, stringify({ ...settings, ...other }));
  const start = () =>
    startDaemon(process.execPath, [CLI, "serve", "--config", file], (said) =>
      said.includes("change feed connected"),
    );
  gateways = await Promise.all([start(), start()]);
  const tls = { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") };
  await sendSync({
    baseUrl: `https://localhost:${portOf(gateways[0] ?? (await start()))}`,
    tls,
    ...DEMO_SYNC,
  });
}

/** Returns the configuration of the page with the addresses and certificates of the test. */
function configuration(mode: string, port: number): string {
  const page = readFileSync(join(ROOT, "docs/load-balancer.md"), "utf8");
  const [, text = ""] =
    new RegExp(`## HAProxy in ${mode} mode[\\s\\S]*?\`\`\`haproxy\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  const both = join(testFolder(), "haproxy.pem");
  writeFileSync(both, `${pem("server.crt")}\n${pem("server.key")}`);
  return gateways
    .reduce(
      (all, gateway, index) =>
        all
          .replaceAll(`gateway-${index + 1}.example.org:9443`, `127.0.0.1:${portOf(gateway)}`)
          .replaceAll(`gateway-${index + 1}.example.org`, "localhost"),
      text,
    )
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace("/etc/haproxy/registry.pem", both)
    .replaceAll("/etc/haproxy/gateway-ca.pem", join(testFolder(), "ca.crt"));
}

test.each(["HTTP", "TCP"])(
  "in %s mode both gateways serve, and no client notices one that stops",
  async (mode) => {
    await startGateways();
    const port = await freePorts(1);
    const file = join(testFolder(), `haproxy-${mode}.cfg`);
    writeFileSync(file, configuration(mode, port));
    const haproxy = await startDaemon("haproxy", ["-db", "-f", file], () => listens(port));
    const dispatcher = new Agent({ connect: { ca: pem("ca.crt") }, pipelining: 0 });
    try {
      const origin = `https://localhost:${port}`;
      const get = (path: string, authorization: string) =>
        fetch(`${origin}${path}`, { dispatcher, headers: { authorization, connection: "close" } });
      await until(
        "both are in service",
        async () => (await get("/readyz", ALICE)).status === 200 || undefined,
      );
      const [, token = ""] = /"token":"([^"]+)"/.exec(await (await get("/v2/token", ALICE)).text()) ?? [];
      const pull = async () => (await get("/v2/org/private-app/manifests/latest", `Bearer ${token}`)).status;
      const pulls = async () => {
        const statuses: number[] = [];
        for (let count = 0; count < PULLS; count += 1) statuses.push(await pull());
        return new Set(statuses);
      };
      expect(await pulls()).toEqual(new Set([200]));
      const stopping = gateways[1]?.stop();
      expect(await pulls()).toEqual(new Set([200]));
      expect(await stopping).toBe(0);
      expect(await pulls()).toEqual(new Set([200]));
    } finally {
      await dispatcher.close();
      await haproxy.stop();
      await gateways[0]?.stop();
      await gateways[1]?.stop();
    }
  },
);
