/** The Apache of a Smart Proxy, as foreman-installer and foremanctl configure it, between real clients and the gateway. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { ask, type Identity } from "../pulp/ask.ts";
import { freePorts } from "../pulp/ports.ts";
import { realPulp } from "../pulp/target.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { type Apache, startApache } from "./apache.ts";
import { podman } from "./client.ts";
import { type Home, makeHome } from "./home.ts";
import { type Installer, installedApache } from "./installed-apache.ts";
import { makeOpensslCa } from "./openssl-certificates.ts";
import { versionOf } from "./program.ts";
import { PODMAN } from "./pulls.ts";
import { testRows } from "./rows.ts";
import { type Site, settingsOf, startSite } from "./site.ts";

const INDEX = "/index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest";
const MANIFEST = "/v2/org/private-app/manifests/latest";
const accept = { Accept: "application/vnd.oci.image.manifest.v1+json" };

const pulp = await realPulp();
const apache = await versionOf("apache2");
const openssl = await versionOf("openssl");
const TRUSTED: readonly [Installer, string][] = [
  ["foreman-installer", "gateway.example.org"],
  ["foremanctl", "127.0.0.1"],
];
describe.each(TRUSTED)(`${apache} as %s configures it in front of the gateway`, (installer, trusted) => {
  let site: Site;
  let front: Apache;
  let home: Home;
  let host: Identity;
  let impostor: Identity;
  let there = "";
  beforeAll(async () => {
    const port = await freePorts(1);
    there = `localhost:${port}`;
    const ca = await makeOpensslCa(testFolder(), `hosts-${installer}`);
    host = await ca.sign(DEMO_HOST);
    impostor = await (await makeOpensslCa(testFolder(), `others-${installer}`)).sign(DEMO_HOST);
    site = await startSite({
      settings: {
        ...settingsOf(pulp),
        trusted_proxies: [trusted],
        client_endpoint: `https://${there}`,
        rhsm_ca_file: ca.file,
      },
    });
    const around = { installer, port, gateway: site.tls, pulp, hostsCa: ca.file };
    front = await startApache(installedApache(around), port);
    home = makeHome({ authorities: [site.ca] });
  });
  afterAll(async () => {
    home?.remove();
    await front?.stop();
    await site?.stop();
  });

  const get = async (path: string, headers: Record<string, string> = {}, who?: Identity, to = there) => {
    const reply = await ask({ url: `https://${to}${path}`, headers, ca: pem("ca.crt"), identity: who });
    return { ...reply, text: reply.body.toString() };
  };

  const claims = {
    "X-Forwarded-Host": "evil.example.org",
    "X-Forwarded-Proto": "http",
    Forwarded: "host=evil.example.org;proto=http",
  };
  test.each([
    ["the challenge and the Flatpak index have Apache's origin, with its port", {}],
    ["a client can't forge Apache's origin", claims],
  ])("%s", async (_, headers) => {
    const { status, headers: answered } = await get("/v2/", headers);
    const challenge = `Bearer realm="https://${there}/v2/token",service="${there}"`;
    expect([status, answered["www-authenticate"]]).toEqual([401, challenge]);
    expect(JSON.parse((await get(INDEX, headers)).text).Registry).toBe(`https://${there}`);
  });

  test("signatures are not announced, because Apache does not route their path", async () => {
    const { status, headers } = await get("/v2/org/public-app/manifests/latest", accept);
    expect([status, headers["x-registry-supports-signatures"]]).toEqual([200, undefined]);
  });

  test(`a host pulls with a certificate like Candlepin's, made by ${openssl}`, async () => {
    expect((await get(MANIFEST, accept, host)).status).toBe(200);
    expect((await get("/v2/org/other-app/manifests/latest", accept, host)).status).toBe(404);
  });

  test("a host pulls with it directly at the gateway, too", async () => {
    expect((await get(MANIFEST, accept, host, site.tls)).status).toBe(200);
    expect((await get(MANIFEST, accept, impostor, site.tls)).status).toBe(401);
  });

  test("a host's certificate of another CA is rejected", async () => {
    const { status } = await get(MANIFEST, accept, impostor).catch(() => ({ status: 0 }));
    expect(status).toBe(0);
  });

  test("Apache does not route administration", async () => {
    const path = "/container_gateway/users";
    const identity = { cert: pem("foreman.crt"), key: pem("foreman.key") };
    expect((await get(path)).status).toBe(404);
    expect((await get(path, {}, identity, site.tls)).status).toBe(200);
  });

  describe("podman", () => {
    testRows(() => ({ client: podman(home), host: there, home: home.folder }), PODMAN);
  });
});
