/** Two gateways behind a real HAProxy, with the configurations of docs/load-balancer.md. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { createDatabase } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { type Daemon, startDaemon, until } from "./command.ts";
import { type BalancerMode, balancerSettings, startHaproxy } from "./haproxy.ts";
import { versionOf } from "./program.ts";
import { CLI } from "./site.ts";

const ALICE = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
/** Address of the client. */
const CLIENT = "127.0.0.9";
const PULLS = 40;
/** Clients that pull all the time, each with a new connection for each pull, while a gateway stops. */
const CLIENTS = 8;

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

async function startGateways(mode: BalancerMode): Promise<void> {
  const database = await createDatabase();
  const settings = settingsFor(katello.origin, pulp.origin, database, "");
  const file = join(testFolder(), `${randomBytes(4).toString("hex")}.yml`);
  const other = { listen: ["https://127.0.0.1:0"], admin_listen: "off", ...balancerSettings(mode) };
  writeFileSync(file, stringify({ ...settings, ...other }));
  const start = () =>
    startDaemon(process.execPath, [CLI, "serve", "--config", file], (said) =>
      said.includes("change feed connected"),
    );
  gateways = await Promise.all([start(), start()]);
  const tls = { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") };
  const [first] = gateways;
  if (first !== undefined)
    await sendSync({ baseUrl: `https://localhost:${portOf(first)}`, tls, ...DEMO_SYNC });
}

/** Log lines of all gateways with a text. */
const linesWith = (text: string): Record<string, unknown>[] =>
  gateways
    .flatMap((gateway) => gateway.said().split("\n"))
    .filter((line) => line.includes(text))
    .map((line) => JSON.parse(line));

describe(await versionOf("haproxy"), () => {
  test.each<[what: string, mode: BalancerMode, version: 1 | 2]>([
    ["HTTP mode", "HTTP", 2],
    ["TCP mode with send-proxy-v2", "TCP", 2],
    ["TCP mode with send-proxy", "TCP", 1],
  ])(
    "%s: two gateways serve and know the client's address, and no client notices one that stops",
    async (_, mode, version) => {
      await startGateways(mode);
      const haproxy = await startHaproxy(
        mode,
        gateways.map((gateway) => `127.0.0.1:${portOf(gateway)}`),
        version,
      );
      const dispatcher = new Agent({ connect: { ca: pem("ca.crt") }, localAddress: CLIENT, pipelining: 0 });
      try {
        const get = (path: string, authorization: string) =>
          fetch(`${haproxy.origin}${path}`, { dispatcher, headers: { authorization, connection: "close" } });
        await until(
          "both are in service",
          async () => (await get("/readyz", ALICE)).status === 200 || undefined,
        );
        const login = await get("/v2/token", ALICE);
        const [, token = ""] = /"token":"([^"]+)"/.exec(await login.text()) ?? [];
        const pull = async () =>
          (await get("/v2/org/private-app/manifests/latest", `Bearer ${token}`)).status;
        const pulls = async () => {
          const statuses: number[] = [];
          for (let count = 0; count < PULLS; count += 1) statuses.push(await pull());
          return new Set(statuses);
        };
        expect(await pulls()).toEqual(new Set([200]));
        const [audited] = linesWith('"event":"login"');
        expect(audited).toMatchObject({ decision: "allowed", address: CLIENT });
        const served = await until("all pulls are in the logs", () => {
          const lines = linesWith('"operation":"getManifest"');
          return lines.length === PULLS ? lines : undefined;
        });
        expect(new Set(served.map(({ address }) => address))).toEqual(new Set([CLIENT]));
        expect(linesWith("PROXY header")).toEqual([]);
        let hasStopped = false;
        const stopping = gateways[1]?.stop().finally(() => {
          hasStopped = true;
        });
        const client = async () => {
          const statuses = new Set<number>();
          while (!hasStopped) statuses.add(await pull());
          return statuses;
        };
        for (const statuses of await Promise.all(Array.from({ length: CLIENTS }, client)))
          expect(statuses).toEqual(new Set([200]));
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
});
