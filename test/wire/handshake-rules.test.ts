/** Rules of OpenSSL's handshake, applied to a certificate in a header: each certificate is checked both ways. */
import "reflect-metadata";
import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { handshakeProblem } from "../../src/x509/handshake-rules.ts";
import { pem } from "../support/folder.ts";

cryptoProvider.set(webcrypto);
const DAY_MS = 24 * 60 * 60 * 1000;
const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
const rsa = (hash: string, modulusLength = 2048, name = "RSASSA-PKCS1-v1_5") => ({
  name,
  hash,
  saltLength: 32,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});
const ec = (hash: string) => ({ name: "ECDSA", namedCurve: "P-256", hash });
type Algorithm = ReturnType<typeof rsa> | ReturnType<typeof ec> | { readonly name: "Ed25519" };

const makeKeys = async (algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> => {
  const made = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  if (!("privateKey" in made)) throw new Error("no pair");
  return made;
};
const known = new Map<string, Promise<webcrypto.CryptoKeyPair>>();
/** Keys of an algorithm, the same for each owner: new ones would take a tenth of a second for each certificate. */
const keysOf = (algorithm: Algorithm, owner: string): Promise<webcrypto.CryptoKeyPair> => {
  const name = `${owner} ${JSON.stringify(algorithm)}`;
  const keys = known.get(name) ?? makeKeys(algorithm);
  known.set(name, keys);
  return keys;
};
const pemOf = async ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> => {
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  return createPrivateKey({ key, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
};

interface Made {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes a client certificate, signed by a new CA. */
async function make(
  signing: Algorithm,
  extensions: Extension[] = [],
  own: Algorithm = ec("SHA-256"),
): Promise<Made> {
  const ca = await keysOf(signing, "authority");
  const keys = await keysOf(own, "client");
  const root = await X509CertificateGenerator.createSelfSigned({
    ...dates,
    name: "CN=consumers",
    keys: ca,
    signingAlgorithm: signing,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await X509CertificateGenerator.create({
    ...dates,
    subject: "CN=u-1",
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: ca.privateKey,
    signingAlgorithm: signing,
    extensions,
  });
  return { authority: root.toString("pem"), cert: leaf.toString("pem"), key: await pemOf(keys) };
}

const server = createServer({
  cert: pem("server.crt"),
  key: pem("server.key"),
  requestCert: true,
  rejectUnauthorized: false,
});
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void server.close());

/** Checks a certificate in a TLS handshake. */
async function isAuthorized({ authority, cert, key }: Made): Promise<boolean> {
  server.setSecureContext({ cert: pem("server.crt"), key: pem("server.key"), ca: authority });
  const { port } = server.address() as AddressInfo;
  const seen = once(server, "secureConnection");
  const client = connect({
    port,
    cert,
    key,
    ca: pem("ca.crt"),
    servername: "localhost",
    ciphers: "DEFAULT@SECLEVEL=0",
    checkServerIdentity: () => undefined,
  });
  client.on("error", () => undefined);
  const [socket] = await seen;
  const { authorized } = socket;
  client.destroy();
  return authorized;
}

const RSA = rsa("SHA-256");
const raw = (id: string, critical: boolean, hex: string) =>
  new Extension(id, critical, Buffer.from(hex, "hex"));
const NETSCAPE = "2.16.840.1.113730.1.1";
const usages = (flags: KeyUsageFlags) => new KeyUsagesExtension(flags, true);

test.each<[string, boolean, () => Promise<Made>]>([
  ["RSA, SHA-256", true, () => make(RSA)],
  ["RSA, SHA-512", true, () => make(rsa("SHA-512"))],
  ["RSA, SHA-1", false, () => make(rsa("SHA-1"))],
  ["PSS, SHA-256", true, () => make(rsa("SHA-256", 2048, "RSA-PSS"))],
  ["PSS, SHA-1", false, () => make(rsa("SHA-1", 2048, "RSA-PSS"))],
  ["ECDSA, SHA-384", true, () => make(ec("SHA-384"))],
  ["ECDSA, SHA-1", false, () => make(ec("SHA-1"))],
  ["Ed25519", true, () => make({ name: "Ed25519" })],
  ["a key of 512 bits", false, () => make(RSA, [], rsa("SHA-256", 512))],
  ["the key usage digitalSignature", true, () => make(RSA, [usages(KeyUsageFlags.digitalSignature)])],
  ["the key usage keyAgreement", true, () => make(RSA, [usages(KeyUsageFlags.keyAgreement)])],
  ["only the key usage keyEncipherment", false, () => make(RSA, [usages(KeyUsageFlags.keyEncipherment)])],
  ["Netscape's certificate type for SSL clients", true, () => make(RSA, [raw(NETSCAPE, false, "030205a0")])],
  ["Netscape's certificate type for servers", false, () => make(RSA, [raw(NETSCAPE, false, "03020640")])],
  [
    "a known critical extension",
    true,
    () => make(RSA, [new BasicConstraintsExtension(false, undefined, true)]),
  ],
  [
    "a critical extended key usage",
    true,
    () => make(RSA, [new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.2"], true)]),
  ],
  ["an unknown critical extension", false, () => make(RSA, [raw("1.3.6.1.4.1.99999.1", true, "0500")])],
  ["an unknown extension", true, () => make(RSA, [raw("1.3.6.1.4.1.99999.1", false, "0500")])],
  [
    "a duplicate extension",
    false,
    () => make(RSA, [usages(KeyUsageFlags.digitalSignature), usages(KeyUsageFlags.digitalSignature)]),
  ],
])("a certificate with %s is valid in a header and in a handshake: %s", async (_, right, making) => {
  const made = await making();
  const certificate = new X509Certificate(made.cert);
  expect({ form: handshakeProblem(certificate) === undefined, handshake: await isAuthorized(made) }).toEqual({
    form: right,
    handshake: right,
  });
});
