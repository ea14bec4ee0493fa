/** The URL that a Smart Proxy and the gateway share with an older Katello, by a real Apache with the packaged file. */
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ask, type Identity } from "../pulp/ask.ts";
import { freePorts } from "../pulp/ports.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { type Apache, startApache } from "./apache.ts";
import { callAsKatello } from "./katello.ts";
import { smartProxyConfiguration } from "./packaging.ts";
import { versionOf } from "./program.ts";
import { type Site, startSite } from "./site.ts";

const identity = (name: string): Identity => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
const foreman = () => identity("foreman");

/** Requests to the Smart Proxy: path and query, and the common name of the client certificate. */
const seen: (readonly [url: string, client: string | undefined])[] = [];

/** The https port of a Smart Proxy: it requests a certificate, and the module decides if it is required. */
async function startSmartProxy(port: number): Promise<Server> {
  const options = { ...identity("server"), ca: pem("ca.crt"), requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, ({ url = "", socket }, response) => {
    const shown = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : undefined;
    const name = shown?.subject.CN;
    seen.push([url, typeof name === "string" ? name : undefined]);
    response.end('{"container_gateway":{"state":"running"}}');
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

describe(`${await versionOf("apache2")}, packaging/apache/smart-proxy.conf`, () => {
  let site: Site;
  let smartProxy: Server;
  let apache: Apache;
  let base = "";
  beforeAll(async () => {
    const trusted_hosts = ["foreman.example.org", "gateway.example.org"];
    site = await startSite({ settings: { trusted_hosts, trusted_proxies: ["127.0.0.1"] } });
    const port = await freePorts(2);
    smartProxy = await startSmartProxy(port + 1);
    const bundle = join(testFolder(), "smart-proxy-bundle.pem");
    writeFileSync(bundle, `${pem("gateway.crt")}\n${pem("gateway.key")}`);
    base = `https://localhost:${port}`;
    const gatewayPort = Number(new URL(`https://${site.tls}`).port);
    apache = await startApache(
      smartProxyConfiguration({ port, gatewayPort, smartProxyPort: port + 1, bundle }),
      port,
    );
  });
  beforeEach(() => {
    seen.length = 0;
  });
  afterAll(async () => {
    await apache?.stop();
    smartProxy?.close();
    smartProxy?.closeAllConnections();
    await site?.stop();
  });

  const get = async (path: string, who?: Identity) => {
    const { status, body } = await ask({ url: base + path, ca: pem("ca.crt"), identity: who });
    return { status, text: body.toString() };
  };

  test("Katello's calls by Foreman's own library reach the gateway", async () => {
    const entry = { repository: "org/app", auth_required: true };
    const answers = await callAsKatello({ base, ca: pem("ca.crt"), identity: foreman() }, [
      { method: "put", path: "container_gateway/repository_list", payload: { repositories: [entry] } },
      { method: "get", path: "container_gateway/users" },
    ]);
    expect(answers).toEqual([
      { status: 200, body: "{}" },
      { status: 200, body: expect.stringContaining('"users"') },
    ]);
    expect(await site.sql("SELECT name FROM repositories WHERE listed")).toEqual([{ name: "org/app" }]);
    expect(seen).toEqual([]);
  });

  test("Foreman's other calls reach the Smart Proxy with the certificate of Apache", async () => {
    const paths = ["/v2/features", "/dhcp/10.0.0.0/a%20b?x=1%2F2&y=+", "/container_gateways"];
    for (const path of paths) expect((await get(path, foreman())).status).toBe(200);
    expect(seen).toEqual(paths.map((path) => [path, "gateway.example.org"]));
  });

  test("other callers reach the Smart Proxy without a certificate", async () => {
    for (const who of [undefined, identity("stranger"), identity("gateway")])
      expect((await get("/register?x=1", who)).status).toBe(200);
    expect(seen).toEqual(Array.from({ length: 3 }, () => ["/register?x=1", undefined]));
  });

  test("other callers do not reach the gateway", async () => {
    const paths = ["/container_gateway", "/container_gateway/", "/container_gateway/users"];
    for (const path of [
      ...paths,
      "/container_gateway/v2/",
      "/%63ontainer_gateway/users",
      "/x/../container_gateway/users",
    ])
      for (const who of [undefined, identity("stranger"), identity("gateway")])
        expect([path, (await get(path, who)).status]).toEqual([path, 403]);
    expect((await get("//container_gateway/users")).text).not.toContain("users");
    expect(seen.every(([, client]) => client === undefined)).toBe(true);
  });

  test("a certificate of an unknown CA is rejected", async () => {
    await expect(get("/v2/features", identity("host"))).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});
