import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { caller } from "../support/client.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type Line, testLines } from "../support/lines.ts";
import { get } from "../support/operations.ts";

/** A gateway that trusts loopback addresses as reverse proxies, and one that trusts none. */
let trusting: TestGateway;
let wary: TestGateway;
beforeAll(async () => {
  trusting = await startTestGateway({ settings: { trusted_proxies: ["127.0.0.1", "unix"] } });
  wary = await startTestGateway();
});
afterAll(async () => {
  await trusting.stop();
  await wary.stop();
});

const inHeader = (name: string): string => pem(`${name}.crt`).trim().replaceAll("\n", " ");
const GENUINE = "X_RHSM_SSL_CLIENT_CERT";
/** Headers in which other servers pass on a certificate or a name. The gateway ignores all of them. */
const LOOK_ALIKES = [
  "X-RHSM-SSL-CLIENT-CERT",
  "X-RHSM_SSL_CLIENT_CERT",
  "X_RHSM_SSL_CLIENT-CERT",
  "X_RHSM_SSL_CLIENT_CERT_",
  "_X_RHSM_SSL_CLIENT_CERT",
  "X.RHSM.SSL.CLIENT.CERT",
  "XRHSMSSLCLIENTCERT",
  "HTTP_X_RHSM_SSL_CLIENT_CERT",
  "SSL_CLIENT_CERT",
  "SSL-Client-Cert",
  "X_SSL_CLIENT_CERT",
  "X-SSL-Client-Certificate",
  "X-Client-Cert",
  "X-Forwarded-Client-Cert",
  "X-Forwarded-Tls-Client-Cert",
  "Client-Cert",
  "X-ARR-ClientCert",
];
const NAMES = [
  "HostUUID",
  "Host-UUID",
  "HOST_UUID",
  "X-Host-UUID",
  "SSL_CLIENT_S_DN",
  "SSL_CLIENT_S_DN_CN",
  "X-SSL-Client-CN",
  "SSL_CLIENT_VERIFY",
  "REMOTE_USER",
  "Remote-User",
  "X-Remote-User",
  "X-Forwarded-User",
  "X-Authenticated-User",
  "X-WebAuth-User",
];
const claims = (): Record<string, string> => ({
  ...Object.fromEntries(LOOK_ALIKES.map((name) => [name, inHeader("host")])),
  ...Object.fromEntries(NAMES.map((name) => [name, DEMO_HOST])),
  SSL_CLIENT_VERIFY: "SUCCESS",
  SSL_CLIENT_S_DN: `CN=${DEMO_HOST}`,
});

const refused = (when: string, headers: Line["headers"]): Line => ({
  when,
  ...(headers === undefined ? {} : { headers }),
  call: get.manifest("org/private-app", "1.0"),
  status: 401,
  code: "UNAUTHORIZED",
  challenge: 'scope="repository:org/private-app:pull"',
});

describe("headers with an identity are ignored, even from a trusted proxy", () => {
  testLines(
    () => trusting,
    [
      ...LOOK_ALIKES.map((name) => refused(`a certificate in ${name}`, () => ({ [name]: inHeader("host") }))),
      ...NAMES.map((name) => refused(`a name in ${name}`, { [name]: DEMO_HOST })),
      refused("all of them", claims),
      {
        when: "the genuine header beside all of them",
        headers: () => ({ ...claims(), [GENUINE]: inHeader("host") }),
        call: get.manifest("org/private-app", "1.0"),
        status: 200,
      },
      {
        when: "an administrator's certificate in a header",
        headers: () => ({ [GENUINE]: inHeader("foreman"), SSL_CLIENT_S_DN_CN: "foreman.example.org" }),
        call: get.users(),
        status: 403,
        code: "DENIED",
      },
    ],
  );
  testLines(
    () => wary,
    [refused("the right one, from nobody who is trusted", () => ({ [GENUINE]: inHeader("host") }))],
  );
});

describe("requests that a trusted proxy passes on can't administer", () => {
  const passedOn: Record<string, string>[] = [
    { "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-host": "registry.example.org" },
    { forwarded: "for=203.0.113.9" },
    { via: "1.1 proxy" },
    { [GENUINE]: "(null)" },
  ];
  const users = async (gateway: TestGateway, via: "https" | "unix", headers: Record<string, string>) =>
    (await caller(gateway, { via, certificate: "foreman" })(get.users(), headers)).status;

  test.each(passedOn)("with %j", async (headers) => {
    expect(await users(trusting, "https", headers)).toBe(403);
    expect(await users(trusting, "unix", headers)).toBe(403);
  });

  test("unless its certificate calls for itself; its unix socket never can, because some proxies add no header", async () => {
    expect([await users(trusting, "https", {}), await users(trusting, "unix", {})]).toEqual([200, 403]);
  });

  test("while a unix listener outside trusted_proxies can", async () => {
    const path = join(testFolder(), "of-a-proxy.sock");
    const both = await startTestGateway({
      settings: { listen: [`unix:${path}`, `unix:${path}.admin`], trusted_proxies: [`unix:${path}`] },
    });
    try {
      expect(await users({ ...both, socket: path }, "unix", {})).toBe(403);
      expect(await users({ ...both, socket: `${path}.admin` }, "unix", {})).toBe(200);
    } finally {
      await both.stop();
    }
  });

  test("and the same headers change nothing from an address that is not a trusted proxy", async () => {
    for (const headers of passedOn) expect(await users(wary, "https", headers)).toBe(200);
  });
});

test("forwards no such header to Pulp or Katello", async () => {
  trusting.katello.clearRequests();
  const headers = {
    ...claims(),
    [GENUINE]: inHeader("host"),
    cookie: "session=1",
    forwarded: "for=10.1.1.1",
  };
  const before = trusting.pulp.requests.length;
  const pulls = caller(trusting);
  await pulls(get.manifest("org/private-app", "multi"), headers);
  await caller(trusting, { basic: "alice:secret" })(get.token(), headers);
  const up = [...trusting.pulp.requests.slice(before), ...trusting.katello.requests];
  expect(up.length).toBeGreaterThan(2);
  const never = [...Object.keys(claims()), GENUINE, "cookie", "forwarded"].map((name) => name.toLowerCase());
  for (const request of up)
    expect(Object.keys(request.headers).filter((name) => never.includes(name))).toEqual([]);
});

describe("the client's address and origin", () => {
  const lies = {
    "x-forwarded-for": "203.0.113.1",
    "x-forwarded-host": "evil.example.org",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "1",
    forwarded: "for=203.0.113.1;host=evil.example.org;proto=https",
  };

  test("are not taken from the headers of an untrusted client", async () => {
    await caller(wary)(get.manifest("org/public-app", "1.1"), lies);
    expect(wary.pulp.requests.at(-1)?.headers).toMatchObject({ "x-forwarded-for": "127.0.0.1" });
    const { headers } = await caller(wary)(get.base(), lies);
    expect(headers["www-authenticate"]).toMatch(`realm="${wary.http}/v2/token"`);
  });

  test.each([
    ["a name in the certificate", "localhost:8443", (_: string) => "https://localhost:8443"],
    ["a name outside the certificate", "evil.example.org", (own: string) => own],
    ["an invalid name", "localhost@evil.example.org", (own: string) => own],
  ])("over TLS follow the Host header only if the certificate has it: %s", async (_, host, expected) => {
    const { port } = new URL(wary.https);
    const challenge = await new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port,
        path: "/v2/",
        headers: { host },
        ca: pem("ca.crt"),
        servername: "localhost",
      };
      httpsRequest(options, (response) => resolve(response.resume().headers["www-authenticate"]))
        .on("error", reject)
        .end();
    });
    expect(challenge).toMatch(`realm="${expected(`https://localhost:${port}`)}/v2/token"`);
  });
});
