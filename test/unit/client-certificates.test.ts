import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { generate, type SelfsignedOptions } from "selfsigned";
import { ClientCertificateVerifier } from "../../src/x509/certificate-verifier.ts";

const day = 24 * 60 * 60 * 1000;
const now = Date.now();
type Name = { name: string; value: string };
type Ca = { cert: string; key: string };
const named = (...names: string[]): Name[] => names.map((value) => ({ name: "commonName", value }));

async function make(subject: Name[], options: Partial<SelfsignedOptions>): Promise<Ca> {
  const { cert, private: key } = await generate(subject, {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + day),
    ...options,
  });
  return { cert, key };
}

const authorityOf = (value: string, options: Partial<SelfsignedOptions> = {}) =>
  make(named(value), {
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
    ...options,
  });
const leafOf = (ca: Ca, subject = named("u-1"), options: Partial<SelfsignedOptions> = {}) =>
  make(subject, {
    ca,
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", clientAuth: true },
    ],
    ...options,
  });

const root = await authorityOf("root");
const other = await authorityOf("root");
const between = await authorityOf("between", { ca: root });
const authorities = new ClientCertificateVerifier(root.cert);
const holder = ({ cert }: Ca, known = authorities) => known.holderOf(new X509Certificate(cert));

describe("a client certificate", () => {
  test("is identified by its common name", async () => {
    expect(holder(await leafOf(root))).toBe("u-1");
  });

  test("may be signed by an intermediate CA if that CA is configured", async () => {
    const leaf = await leafOf(between);
    expect(holder(leaf)).toBeUndefined();
    expect(holder(leaf, new ClientCertificateVerifier(`${root.cert}\n${between.cert}`))).toBe("u-1");
  });

  test.each<[string, () => Promise<Ca>]>([
    ["of another CA of the same name", () => leafOf(other)],
    ["that has expired", () => leafOf(root, undefined, { notAfterDate: new Date(now - 1000) })],
    ["that is not yet valid", () => leafOf(root, undefined, { notBeforeDate: new Date(now + 3_600_000) })],
    ["without a common name", () => leafOf(root, [{ name: "organizationName", value: "u-1" }])],
    ["with two common names", () => leafOf(root, named("u-1", "u-2"))],
    [
      "for servers only",
      () => leafOf(root, undefined, { extensions: [{ name: "extKeyUsage", serverAuth: true }] }),
    ],
    ["that is a CA's own", () => authorityOf("u-1", { ca: root })],
    ["that is self-signed", () => make(named("u-1"), { extensions: [] })],
    ["signed by a leaf certificate", async () => leafOf(await leafOf(root), named("u-9"))],
  ])("%s is rejected", async (_, made) => {
    expect(holder(await made())).toBeUndefined();
  });

  test("is rejected once its CA has expired", async () => {
    const old = await authorityOf("old", { notAfterDate: new Date(now - 1000) });
    const shown = new X509Certificate((await leafOf(old)).cert);
    expect(new ClientCertificateVerifier(old.cert).holderOf(shown)).toBeUndefined();
    expect(new ClientCertificateVerifier(old.cert).holderOf(shown, now - 3_600_000)).toBe("u-1");
  });

  test("is rejected once the intermediate CA that signed it is revoked", async () => {
    const leaf = new X509Certificate((await leafOf(between)).cert);
    const { serialNumber } = new X509Certificate(between.cert);
    const revocations = {
      revision: 1,
      revoked: (shown: X509Certificate, by: X509Certificate) =>
        shown.serialNumber === serialNumber && by.subject === "CN=root",
    };
    const all = `${root.cert}\n${between.cert}`;
    expect(new ClientCertificateVerifier(all).holderOf(leaf)).toBe("u-1");
    const known = new ClientCertificateVerifier(all, revocations);
    expect(known.verify(leaf, now)).toEqual({
      why: expect.stringMatching("CA that signed .* is revoked"),
      name: "u-1",
    });
    expect(known.holderOf(new X509Certificate((await leafOf(root)).cert))).toBe("u-1");
  });

  test.each<[string, () => Promise<Ca>, object]>([
    ["that is valid", () => leafOf(root), { holder: "u-1" }],
    ["of another CA", () => leafOf(other), { why: expect.stringMatching("signed"), name: "u-1" }],
    [
      "of several common names",
      () => leafOf(root, named("u-1", "u-2")),
      { why: expect.stringMatching("exactly one common name") },
    ],
  ])("%s is reported with its holder or the problem", async (_, made, judgement) => {
    const leaf = new X509Certificate((await made()).cert);
    expect(authorities.verify(leaf, now)).toMatchObject(judgement);
  });

  test("cannot be verified without a readable CA", () => {
    expect(() => new ClientCertificateVerifier("nothing")).toThrow("no certificate");
  });
});
