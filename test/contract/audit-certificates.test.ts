import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type Call, get } from "../support/operations.ts";
import { makeConsumer, makeConsumerAuthority, type Pair, revoke } from "../support/revocation.ts";

const inFolder = (name: string) => join(testFolder(), name);
const file = inFolder("audit-certificates.log");
const ca = await makeConsumerAuthority("audited consumers");
const aMinuteAgo = new Date(Date.now() - 60_000);
const hosts = {
  good: await makeConsumer(ca, DEMO_HOST),
  revoked: await makeConsumer(ca, DEMO_HOST),
  late: await makeConsumer(ca, DEMO_HOST, aMinuteAgo),
  foreign: await makeConsumer(await makeConsumerAuthority("audited consumers"), DEMO_HOST),
  unfit: await makeConsumer(ca, DEMO_HOST, undefined, true),
  nameless: await makeConsumer(ca, `no uuid ${"x".repeat(40)}`),
} satisfies Record<string, Pair>;
type Name = keyof typeof hosts;

let world: TestGateway;
let behindProxy: TestGateway;
beforeAll(async () => {
  for (const [name, { cert, key }] of Object.entries(hosts)) {
    writeFileSync(inFolder(`audited-${name}.crt`), cert);
    writeFileSync(inFolder(`audited-${name}.key`), key);
  }
  const settings = {
    rhsm_ca_file: inFolder("audited.crt"),
    rhsm_crl_file: inFolder("audited.crl"),
    audit_log: file,
    audit_pulls: true,
  };
  writeFileSync(settings.rhsm_ca_file, ca.cert);
  writeFileSync(settings.rhsm_crl_file, await revoke(ca, [hosts.revoked]));
  world = await startTestGateway({ settings });
  behindProxy = await startTestGateway({ settings: { ...settings, trusted_proxies: ["127.0.0.1"] } });
});
afterAll(async () => {
  await world.stop();
  await behindProxy.stop();
});

const textOf = (): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};
const PRIVATE = get.manifest("org/private-app", "1.0");
const PUBLIC = get.manifest("org/public-app", "1.0");

/** The status of a pull, and its audit line: allowed pulls are audited, too. */
async function pull(
  gateway: TestGateway,
  options: ClientOptions,
  call: Call,
  more: Record<string, string> = {},
) {
  const id = randomUUID();
  const headers = { ...more, "x-request-id": id };
  const { status } = await caller(gateway, options)(call, headers);
  const lines = () =>
    textOf()
      .split("\n")
      .filter((line) => line.includes(id));
  await eventually("its line is written", () => lines().length > 0);
  const [line = "{}", ...others] = lines();
  expect(others).toEqual([]);
  return { status, line: JSON.parse(line) };
}

const shown = (name: Name): ClientOptions => ({ via: "https", certificate: `audited-${name}` });
const passedOn = (name: Name) => ({
  X_RHSM_SSL_CLIENT_CERT: hosts[name].cert.trim().replaceAll("\n", " "),
});
const refused = { event: "access", decision: "refused", caller: "anonymous", repository: "org/private-app" };

describe("the audit log names a rejected certificate and the reason", () => {
  test.each<[Name, name: string, why: RegExp, whyOverTls?: RegExp]>([
    ["revoked", DEMO_HOST, /is revoked/],
    ["late", DEMO_HOST, /has expired/, /CERT_HAS_EXPIRED/],
    ["foreign", DEMO_HOST, /not signed by a trusted CA/, /refused in the handshake/],
    ["unfit", DEMO_HOST, /key usage does not allow client/, /refused in the handshake/],
    ["nameless", `no uuid ${"x".repeat(40)}`, /not a host UUID/],
  ])("if it is %s", async (certificate, name, why, whyOverTls = why) => {
    // The second request uses the cached verdict.
    for (const _ of [1, 2]) {
      const direct = await pull(world, shown(certificate), PRIVATE);
      expect(direct).toMatchObject({ status: 401, line: { ...refused, name } });
      expect(direct.line.why).toMatch(whyOverTls);
      const byProxy = await pull(behindProxy, {}, PRIVATE, passedOn(certificate));
      expect(byProxy).toMatchObject({ status: 401, line: { ...refused, name } });
      expect(byProxy.line.why).toMatch(why);
    }
  });

  test("if it can't be parsed", async () => {
    const garbage = { X_RHSM_SSL_CLIENT_CERT: "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----" };
    const { status, line } = await pull(behindProxy, {}, PRIVATE, garbage);
    expect([status, line.why]).toEqual([401, "the certificate in X_RHSM_SSL_CLIENT_CERT can't be parsed"]);
  });

  test("beside the anonymous token, with an unchanged challenge", async () => {
    const { line } = await pull(world, { ...shown("revoked"), token: "unauthenticated" }, PRIVATE);
    expect(line).toMatchObject({ ...refused, name: DEMO_HOST, why: expect.stringMatching("revoked") });
    const challenge = async (as: ClientOptions) =>
      (await caller(world, as)(PRIVATE)).headers["www-authenticate"];
    expect(await challenge(shown("revoked"))).toBe(await challenge({ via: "https" }));
  });
});

describe("the audit log is unchanged", () => {
  test("without a certificate", async () => {
    for (const via of ["https", "http"] as const) {
      const { status, line } = await pull(world, { via }, PRIVATE);
      expect([status, line.name]).toEqual([401, undefined]);
      expect(line.why).toMatch("not open to anonymous callers");
    }
    const { line } = await pull(behindProxy, {}, PRIVATE, { X_RHSM_SSL_CLIENT_CERT: "(null)" });
    expect(line.why).toMatch("not open to anonymous callers");
  });

  test("with a valid certificate", async () => {
    expect(await pull(world, shown("good"), PRIVATE)).toMatchObject({
      status: 200,
      line: { decision: "allowed", caller: "host", name: DEMO_HOST },
    });
  });

  test("on a public repository", async () => {
    expect(await pull(world, shown("revoked"), PUBLIC)).toMatchObject({
      status: 200,
      line: { decision: "allowed", caller: "anonymous" },
    });
  });
});
