/** Hosts with Candlepin's certificates below a CA by katello-certs-tools, over TLS and in the header. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SecureVersion } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ExtendedKeyUsage } from "@peculiar/x509";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type IdentityOptions, type KatelloCa, makeIdentity, makeKatelloCa } from "../support/candlepin.ts";
import { caller } from "../support/client.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { pullAsHost } from "../support/host-pull.ts";
import { get } from "../support/operations.ts";
import type { Pair } from "../support/revocation.ts";

let ca: KatelloCa;
let other: KatelloCa;
let world: TestGateway;
let behindProxy: TestGateway;
beforeAll(async () => {
  [ca, other] = await Promise.all([makeKatelloCa(), makeKatelloCa()]);
  const rhsm_ca_file = join(testFolder(), "katello-default-ca.crt");
  writeFileSync(rhsm_ca_file, ca.pem);
  world = await startTestGateway({ settings: { rhsm_ca_file } });
  behindProxy = await startTestGateway({ settings: { rhsm_ca_file, trusted_proxies: ["127.0.0.1"] } });
});
afterAll(async () => {
  await world.stop();
  await behindProxy.stop();
});

const inHeader = async ({ cert }: Pair): Promise<number> => {
  const headers = { X_RHSM_SSL_CLIENT_CERT: cert.trim().replaceAll("\n", " ") };
  return (await caller(behindProxy)(get.manifest("org/private-app", "1.0"), headers)).status;
};

describe("a host is authenticated", () => {
  test.each<[string, IdentityOptions]>([
    ["of today", { subject: `O=Default_Organization, CN=${DEMO_HOST}` }],
    ["of 2023", { subject: `CN=${DEMO_HOST}, O=Default_Organization`, generation: 2023 }],
    ["that names its CA by issuer and serial", { subject: `O=a, CN=${DEMO_HOST}`, byIssuer: true }],
    [
      "of an organization with special characters",
      { subject: `O=Žluťoučký \\, Kůň \\+ \\"1\\", CN=${DEMO_HOST}` },
    ],
    ["whose names share one RDN", { subject: `O=Default_Organization+CN=${DEMO_HOST}` }],
    ["of several organizations", { subject: `O=a, O=b, OU=c, CN=${DEMO_HOST}` }],
  ])("with a certificate %s", async (_, options) => {
    const shown = await makeIdentity(ca, options);
    for (const version of ["TLSv1.2", "TLSv1.3"] satisfies SecureVersion[]) {
      const first = await pullAsHost(world, shown, version);
      const second = await pullAsHost(world, shown, version, first.next);
      expect([version, first.status, second.resumed, second.status]).toEqual([version, 200, true, 200]);
    }
    expect(await inHeader(shown)).toBe(200);
  });
});

describe("a host is not authenticated", () => {
  const subject = `O=Default_Organization, CN=${DEMO_HOST}`;
  test.each<[string, () => Promise<Pair>]>([
    ["of another CA of the same name", () => makeIdentity(other, { subject })],
    ["of another CA, named by issuer and serial", () => makeIdentity(other, { subject, byIssuer: true })],
    ["that has expired", () => makeIdentity(ca, { subject, notAfter: new Date(Date.now() - 1_000) })],
    ["for servers", () => makeIdentity(ca, { subject, purpose: ExtendedKeyUsage.serverAuth })],
    ["with two uuids", () => makeIdentity(ca, { subject: `CN=another, ${subject}` })],
    ["without a uuid", () => makeIdentity(ca, { subject: `O=${DEMO_HOST}` })],
    ["of the CA itself", async () => ({ cert: ca.pem, key: ca.key.pem })],
  ])("with a certificate %s", async (_, made) => {
    const shown = await made();
    for (const version of ["TLSv1.2", "TLSv1.3"] satisfies SecureVersion[]) {
      const first = await pullAsHost(world, shown, version);
      const second = await pullAsHost(world, shown, version, first.next);
      expect([version, first.status, second.status]).toEqual([version, 401, 401]);
    }
    expect(await inHeader(shown)).toBe(401);
  });

  // Their actual common name is that of a host without grants, which Katello doesn't know.
  test.each([
    ["whose organization claims a uuid", () => makeIdentity(ca, { subject: `O=CN\\=${DEMO_HOST}, CN=x` })],
    ["with a host's name as alternative name only", () => makeIdentity(ca, { subject: "O=a, CN=host0" })],
  ])("is authenticated by common name only, with a certificate %s", async (_, made) => {
    const shown = await made();
    expect((await pullAsHost(world, shown, "TLSv1.3")).status).toBe(404);
    expect(await inHeader(shown)).toBe(404);
  });
});
