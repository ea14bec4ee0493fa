/**
 * Requests as the Apache of a Smart Proxy passes them on: below the prefix, with its own address in `Host`, without a
 * scheme, and with whatever the client claims of itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { caller } from "../support/client.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get } from "../support/operations.ts";

const PUBLIC = "registry.example.test:8443";
const INDEX = "label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest";
const SENT = {
  X_RHSM_SSL_CLIENT_CERT: "(null)",
  "X-Forwarded-For": "192.0.2.7",
  "X-Forwarded-Host": PUBLIC,
  "X-Forwarded-Server": "proxy.example.test",
};
/** Headers that a client may send: Apache appends its own values to the first two, and passes on the others. */
const CLAIMS = {
  "X-Forwarded-For": "203.0.113.1, 192.0.2.7",
  "X-Forwarded-Host": `evil.example.test, ${PUBLIC}`,
  "X-Forwarded-Proto": "http",
  Forwarded: "for=203.0.113.1;host=evil.example.test;proto=http",
  "X-RHSM-SSL-CLIENT-CERT": "",
};

describe.each<[site: string, trusted: string, certificate: string | undefined, own: Record<string, string>]>([
  [
    "foreman-installer, which sends a client certificate",
    "gateway.example.org",
    "gateway",
    { Via: "1.1 proxy" },
  ],
  ["foremanctl, which sends none", "127.0.0.1", undefined, {}],
])("behind the Apache of %s", (_, trusted, certificate, own) => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await startTestGateway({ settings: { trusted_proxies: [trusted] } });
  });
  afterAll(() => world.stop());

  const send = (call: Call, more: Record<string, string> = {}) =>
    caller(world, { via: "https", prefix: "/container_gateway", ...(certificate && { certificate }) })(call, {
      ...SENT,
      ...own,
      ...more,
    });

  describe.each([
    ["a client without forged headers", {}],
    ["a client with forged headers", CLAIMS],
  ])("%s", (_, claims) => {
    test("gets a challenge for its own origin", async () => {
      const { status, headers } = await send(get.base(), claims);
      expect([status, headers["www-authenticate"]]).toEqual([
        401,
        `Bearer realm="https://${PUBLIC}/v2/token",service="${PUBLIC}"`,
      ]);
    });

    test("gets its own origin in the Flatpak index", async () => {
      const { status, text } = await send(get.index(INDEX), claims);
      expect([status, JSON.parse(text).Registry]).toEqual([200, `https://${PUBLIC}`]);
    });

    test("gets no announcement of signatures, whose path Apache does not route to the gateway", async () => {
      const { status, headers } = await send(get.manifest("org/public-app", "1.0"), claims);
      expect([status, headers["x-registry-supports-signatures"]]).toEqual([200, undefined]);
    });

    test("is forwarded to Pulp by the address that Apache saw", async () => {
      await send(get.manifest("org/public-app", "1.1"), claims);
      expect(world.pulp.requests.at(-1)?.headers).toMatchObject({ "x-forwarded-for": "192.0.2.7" });
    });
  });

  test("authenticates a host by the certificate in the header", async () => {
    const passedOn = { X_RHSM_SSL_CLIENT_CERT: pem("host.crt").trim().replaceAll("\n", " ") };
    expect((await send(get.manifest("org/private-app", "1.0"), passedOn)).status).toBe(200);
    expect((await send(get.manifest("org/private-app", "1.0"))).status).toBe(401);
  });
});
