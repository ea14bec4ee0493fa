/** Comparison of trusted names: exact, except for the case of ASCII letters. */
import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import { createAuthenticate } from "../../src/auth/authenticate.ts";
import { TrustedHosts } from "../../src/auth/trusted-hosts.ts";
import { TrustedProxies } from "../../src/connection/trusted-proxies.ts";
import { ClientCertificateVerifier } from "../../src/x509/certificate-verifier.ts";

const TRUSTED = ["katello.example.org"];
const { cert, private: key } = await generate([{ name: "commonName", value: "root" }], {
  keyType: "ec",
  extensions: [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, critical: true },
  ],
});
const authorities = new ClientCertificateVerifier(cert);

async function peerNamed(value: string) {
  const leaf = await generate([{ name: "commonName", value }], {
    keyType: "ec",
    ca: { cert, key },
    extensions: [{ name: "extKeyUsage", clientAuth: true }],
  });
  const certificate = new X509Certificate(leaf.cert);
  expect(authorities.holderOf(certificate)).toBe(value);
  return {
    transport: "https",
    address: "192.0.2.1",
    local: { address: undefined, port: 1 },
    certificate,
  } as const;
}

const identify = createAuthenticate({
  tokens: { find: async () => undefined },
  recheck: () => undefined,
  trustedHosts: new TrustedHosts(TRUSTED, authorities),
});
const proxies = new TrustedProxies({ trustedProxies: TRUSTED, verifier: authorities });

describe("a certificate's name", () => {
  test.each([
    ["katello.example.org", true],
    ["KATELLO.Example.org", true],
    ["\u212Aatello.example.org", false],
  ])("%s is trusted: %s", async (name, trusted) => {
    const peer = await peerNamed(name);
    expect(proxies.include(peer)).toBe(trusted);
    const caller = identify(["administrator"], {
      request: { headers: {} },
      credentials: { kind: "none" },
      peer,
      isForwarded: () => false,
      place: () => ({ origin: "", scope: undefined }),
      requestId: "1",
      host: async () => undefined,
    });
    if (trusted) await expect(caller).resolves.toMatchObject({ kind: "administrator" });
    else await expect(caller).rejects.toThrow("not in the setting trusted_hosts");
  });
});
