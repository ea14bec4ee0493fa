/** The packaged configurations of Apache and nginx, in front of the gateway and a real Pulp. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { ask, type Identity } from "../pulp/ask.ts";
import { freePorts } from "../pulp/ports.ts";
import { realPulp } from "../pulp/target.ts";
import { pem } from "../support/gateway.ts";
import { readMultipart } from "../support/multipart.ts";
import { startApache } from "./apache.ts";
import { type Door, startDoor } from "./door.ts";
import { type Packaged, packagingPath } from "./packaging.ts";
import { versionOf } from "./program.ts";

const identity = (name: string): Identity => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
const host = () => identity("host");
/** The headers that Apache would set for the host. */
const inHeader = (): string => pem("host.crt").trim().replaceAll("\n", " ");
const accept = { Accept: "application/vnd.oci.image.manifest.v1+json" };

/** Headers that resemble the certificate's header or an identity for some server or framework. */
const SPELLINGS = [
  ...["X_RHSM_SSL_CLIENT_CERT", "X-RHSM-SSL-Client-Cert", "x_rhsm-ssl_client-cert", "X-RHSM_SSL_CLIENT_CERT"],
  ...["SSL_CLIENT_CERT", "SSL-Client-Cert", "X-SSL-Client-Cert", "X-Client-Cert", "Client-Cert"],
];

const INDEX = "index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest";

const apache = await versionOf("apache2");
const FILES: readonly [string, Packaged][] = [
  [apache, "apache/apache2-debian.conf"],
  [apache, "apache/httpd-el.conf"],
  [await versionOf("nginx"), "nginx/container-gateway.conf"],
];
describe.each(FILES)("%s, packaging/%s", (_, name) => {
  let door: Door;
  beforeAll(async () => {
    door = await startDoor({}, name);
  });
  afterAll(() => door?.stop());

  const get = async (path: string, headers: Record<string, string> = {}, who?: Identity) => {
    const reply = await ask({
      url: `https://${door.host}${path}`,
      headers,
      ca: pem("ca.crt"),
      identity: who,
    });
    return { ...reply, text: reply.body.toString() };
  };
  const manifest = (repository: string, headers = {}, who?: Identity) =>
    get(`/v2/${repository}/manifests/latest`, { ...accept, ...headers }, who);

  test("passes on several ranges of a blob, and answers 400 to too many, after which clients send fewer", async () => {
    const { text } = await manifest("org/public-app");
    const { digest, size }: { digest: string; size: number } = JSON.parse(text).layers[1];
    const blob = (ranges: string) => get(`/v2/org/public-app/blobs/${digest}`, { range: `bytes=${ranges}` });
    const { status, headers, body } = await blob("0-9,1000000-1000009");
    expect(status).toBe(206);
    const parts = readMultipart(String(headers["content-type"]), body);
    expect(parts.map(({ range }) => range)).toEqual([`0-9/${size}`, `1000000-1000009/${size}`]);
    const many = Array.from(
      { length: 1024 },
      (_, index) => `${2_000_000 + index * 2000}-${2_000_009 + index * 2000}`,
    );
    expect((await blob(many.join(","))).status).toBe(400);
    expect((await blob(many.filter((_, index) => index % 4 === 0).join(","))).status).toBe(206);
  });

  test("the challenge has the origin of the reverse proxy, with its port", async () => {
    const { status, headers } = await get("/v2/");
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe(
      `Bearer realm="https://${door.host}/v2/token",service="${door.host}"`,
    );
  });

  test("a client can't forge the origin of the reverse proxy", async () => {
    const evil = "evil.example.org";
    const { headers } = await get("/v2/", {
      "X-Forwarded-Host": evil,
      "X-Forwarded-Proto": "http",
      "X-Forwarded-Port": "1",
      Forwarded: `host=${evil};proto=http`,
    });
    expect(headers["www-authenticate"]).toContain(`realm="https://${door.host}/v2/token"`);
  });

  test("a host pulls its repositories with its certificate", async () => {
    expect((await manifest("org/private-app", {}, host())).status).toBe(200);
  });

  test("a host pulls no others", async () => {
    const { status, text } = await manifest("org/other-app", {}, host());
    expect([status, JSON.parse(text).errors[0].code]).toEqual([404, "NAME_UNKNOWN"]);
  });

  test("a host is redirected to Pulp's content through the reverse proxy", async () => {
    const { text } = await manifest("org/private-app", {}, host());
    const { digest } = JSON.parse(text).layers[0];
    const { status, headers } = await get(`/v2/org/private-app/blobs/${digest}`, {}, host());
    expect([status, headers.location]).toEqual([
      302,
      expect.stringMatching(`^https://${door.host}/pulp/container/`),
    ]);
    const { pathname, search } = new URL(headers.location ?? "");
    expect((await get(pathname + search)).status).toBe(200);
  });

  test("the catalog and the search list a host's repositories", async () => {
    const search = await get("/v1/search?q=app", {}, host());
    expect(JSON.parse(search.text).results.map((one: { name: string }) => one.name)).toEqual([
      "org/private-app",
      "org/public-app",
    ]);
  });

  test("a certificate header of the client is ignored in any spelling", async () => {
    for (const spelling of SPELLINGS) {
      for (const value of [inHeader(), encodeURIComponent(pem("host.crt"))]) {
        const { status, headers } = await manifest("org/private-app", { [spelling]: value });
        expect([spelling, status, headers["www-authenticate"]]).toEqual([
          spelling,
          401,
          expect.stringMatching(/^Bearer /),
        ]);
      }
    }
  });

  test("HostUUID and user headers of the client are ignored", async () => {
    const claims = { HostUUID: DEMO_HOST, "REMOTE-USER": "admin", REMOTE_USER: "alice" };
    expect((await manifest("org/private-app", claims)).status).toBe(401);
    expect(door.katello.requests.filter(({ headers }) => headers.hostuuid !== undefined)).toEqual([]);
  });

  test("a certificate header beside a host's own certificate is ignored", async () => {
    const stranger = { X_RHSM_SSL_CLIENT_CERT: inHeader() };
    const { status } = await manifest("org/private-app", stranger, door.pulp.identities.stranger);
    expect(status).toBe(401);
  });

  test("a certificate of an unknown CA is rejected", async () => {
    // Apache aborts the handshake, nginx answers.
    const { status } = await manifest("org/private-app", {}, identity("stranger")).catch(() => ({
      status: 0,
    }));
    expect([0, 400]).toContain(status);
  });

  test("administration is not reachable", async () => {
    for (const path of ["/container_gateway/users", "/users", "/features"]) {
      expect((await get(path, {}, door.pulp.identities.gateway)).status).toBe(404);
    }
    expect((await get("/v2/features", {}, door.pulp.identities.gateway)).status).toBe(403);
  });
});

const { version } = await realPulp();
describe(`${apache}, the fragment in the virtual host of pulp_container ${version}`, () => {
  let door: Door;
  let stop: (() => Promise<void>) | undefined;
  let origin: string;
  beforeAll(async () => {
    door = await startDoor();
    const port = await freePorts(1);
    origin = `https://localhost:${port}`;
    // The virtual host of Pulp's Apache as Katello's installer writes it, with the fragment at its end.
    const theirs = readFileSync(door.pulp.file("../apache.conf"), "utf8");
    const { port: pulpPort } = new URL(door.pulp.origin);
    const [, block = ""] =
      new RegExp(`(<VirtualHost 127\\.0\\.0\\.1:${pulpPort}>[\\s\\S]*?)</VirtualHost>`).exec(theirs) ?? [];
    const ours = [
      `Define CONTAINER_GATEWAY_ADDRESS http://${door.plain.replace("localhost", "127.0.0.1")}`,
      "Define CONTAINER_GATEWAY_NAME gateway.example.org",
      `Include ${packagingPath("apache/container-gateway.conf")}`,
    ].join("\n");
    const apache = await startApache(
      `Listen 127.0.0.1:${port} https\n${block.replaceAll(pulpPort, String(port))}\n${ours}\n</VirtualHost>\n`,
      port,
    );
    stop = apache.stop;
  });
  afterAll(async () => {
    await stop?.();
    await door?.stop();
  });

  const get = (path: string, who?: Identity) => ask({ url: origin + path, ca: door.pulp.ca, identity: who });
  const OWN = [
    "v2/",
    "v2/_catalog",
    "v2/org/private-app/tags/list",
    INDEX,
    "extensions/v2/org/private-app/signatures/x",
  ];

  test("the whole registry of Pulp is closed to other clients", async () => {
    for (const path of OWN) {
      for (const who of [undefined, door.pulp.identities.stranger]) {
        const { status } = await get(`/pulpcore_registry/${path}`, who);
        expect([path, status]).toEqual([path, 403]);
      }
    }
  });

  test("Pulp's index is open without the fragment", async () => {
    const { status } = await ask({
      url: `${door.pulp.origin}/pulpcore_registry/${INDEX}`,
      ca: door.pulp.ca,
    });
    expect(status).toBe(200);
  });

  test("the registry of Pulp is open to the gateway", async () => {
    for (const path of ["v2/", "v2/org/private-app/tags/list", INDEX]) {
      expect((await get(`/pulpcore_registry/${path}`, door.pulp.identities.gateway)).status).toBe(200);
    }
  });

  test("registry requests reach the gateway", async () => {
    const { status, headers } = await get("/v2/org/private-app/tags/list");
    expect([status, headers["www-authenticate"]]).toEqual([
      401,
      expect.stringContaining(`realm="${origin}/v2/token"`),
    ]);
  });

  test("Pulp's content stays reachable with a signed link", async () => {
    const { status, body } = await get("/pulp/container/org/private-app/blobs/sha256:0");
    expect([status, body.toString()]).toEqual([403, "403: Access not authenticated"]);
  });
});
