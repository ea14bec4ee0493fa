/** Hosts while Katello is unavailable: those with stored grants pull, and Katello gets few requests. */
import { createServer, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller, client } from "../support/client.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import {
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";
import { type Call, get, put } from "../support/operations.ts";

/** A Katello that counts requests about hosts, and replies as the test sets it. */
let asked = 0;
let answer: (response: ServerResponse) => void;
const failing = (response: ServerResponse) => void response.writeHead(500).end();
const knowing = (response: ServerResponse) => void response.end('{"repositories":["org/private-app"]}');
const katello = createServer((_, response) => {
  asked += 1;
  answer(response);
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => katello.listen(0, "127.0.0.1", resolve));
  const address = katello.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
beforeEach(() => {
  asked = 0;
  answer = failing;
});
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  katello.closeAllConnections();
  await new Promise((resolve) => katello.close(resolve));
});

async function start(): Promise<TestGateway> {
  const world = await startTestGateway({ settings: { foreman_url: origin } });
  closers.push(() => world.stop());
  return world;
}

const AS_HOST = { via: "https", certificate: "host" } as const;
const pull = (world: TestGateway) => caller(world, AS_HOST)(get.manifest("org/private-app", "1.0"));
const REQUESTS = 20;

describe("while Katello fails", () => {
  test("a host with old grants pulls, and not every request reaches Katello", async () => {
    const world = await start();
    const hosts = [{ [DEMO_HOST]: [{ repository: "org/private-app", auth_required: true }] }];
    await client(world, { via: "unix" }).putOneHostGrants({ body: { hosts } });
    await world.sql("UPDATE hosts SET granted_at = NULL; NOTIFY container_gateway, 'hosts *'");
    for (let request = 0; request < REQUESTS; request += 1) expect((await pull(world)).status).toBe(200);
    await eventually("it was asked", () => asked > 0);
    expect(asked).toBeLessThan(REQUESTS / 4);
    answer = knowing;
    await eventually("the grants are renewed", async () => {
      await pull(world);
      return (await world.sql("SELECT FROM hosts WHERE granted_at IS NOT NULL")).length === 1;
    });
  });

  test("a new host gets 502 or 503, and not every request reaches Katello", async () => {
    const world = await start();
    for (let request = 0; request < REQUESTS; request += 1) {
      const { status, headers } = await pull(world);
      expect(status === 502 || (status === 503 && headers["retry-after"] !== undefined)).toBe(true);
    }
    expect(asked).toBeLessThan(REQUESTS / 4);
    answer = knowing;
    await eventually("it is let in", async () => (await pull(world)).status === 200);
  });

  test("a new host pulls public repositories, and gets no 404 for others", async () => {
    const world = await start();
    const ask = async (call: Call) => (await caller(world, AS_HOST)(call)).status;
    for (let request = 0; request < 3; request += 1) {
      expect(await ask(get.manifest("org/public-app", "1.0"))).toBe(200);
      for (const call of [get.manifest("org/private-app", "1.0"), get.catalog(), get.tags("org/nothing")])
        expect([502, 503]).toContain(await ask(call));
    }
  });
});

describe("while Katello is slow about a new host", () => {
  test("a sync adds the host: only the waiting request fails", async () => {
    const socket = `${testFolder()}/katello-away.sock`;
    const settings = settingsFor(origin, "http://127.0.0.1:9", await createDatabase(), socket);
    const config = writeSettings({ ...settings, serve_before_first_sync: true });
    const gateway = await startGatewayProcess({ config });
    closers.push(() => gateway.stop());
    const [https = "", http = ""] = gateway.addresses;
    const clients: TestGateway["clients"] = new Set();
    closers.push(async () => {
      for (const client of clients) await client.destroy();
    });
    const send = (options: ClientOptions) =>
      caller({ https, http, socket, adminSocket: "", clients }, options);
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    const browse = () => send(AS_HOST)(get.catalog());
    const met = browse();
    await eventually("Katello is asked", () => held.length === 1);
    const sync = put.hosts({ hosts: [{ uuid: DEMO_HOST }] });
    const { status } = await send({ via: "unix", prefix: "/container_gateway" })(sync);
    expect(status).toBe(200);
    expect((await browse()).status).toBe(200);
    for (const response of held) failing(response);
    answer = failing;
    expect((await met).status).toBe(502);
    expect((await browse()).status).toBe(200);
    await gateway.stop();
    expect(gateway.said().includes("unhandled rejection")).toBe(false);
  });
});
