/** Hosts while Katello is unavailable: those with stored grants pull, and Katello gets few requests. */
import { createServer, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { encodeForm } from "../../src/client/forms.ts";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, client, rawClient } from "../support/client.ts";
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
const pull = (world: TestGateway) =>
  rawClient(
    world,
    AS_HOST,
  )({
    method: "GET",
    path: "/v2/org/private-app/manifests/1.0",
  });
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
    const ask = async (path: string) => (await rawClient(world, AS_HOST)({ method: "GET", path })).status;
    for (let request = 0; request < 3; request += 1) {
      expect(await ask("/v2/org/public-app/manifests/1.0")).toBe(200);
      for (const path of ["/v2/org/private-app/manifests/1.0", "/v2/_catalog", "/v2/org/nothing/tags/list"])
        expect([502, 503]).toContain(await ask(path));
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
      rawClient({ https, http, socket, adminSocket: "", clients }, options);
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    const browse = () => send(AS_HOST)({ method: "GET", path: "/v2/_catalog" });
    const met = browse();
    await eventually("Katello is asked", () => held.length === 1);
    const { status } = await send({ via: "unix" })({
      method: "PUT",
      path: "/container_gateway/update_hosts/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: encodeForm({ hosts: [{ uuid: DEMO_HOST }] }),
    });
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
