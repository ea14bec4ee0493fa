/**
 * Certificates of a Katello site: a CA by katello-certs-tools, and identity certificates by
 * Candlepin, today's and those of 2023, which hosts keep for years.
 */
import "reflect-metadata";
import { generateKeyPairSync, type KeyObject, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  GeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Pair } from "./revocation.ts";

cryptoProvider.set(webcrypto);

const DAY_MS = 24 * 60 * 60 * 1000;
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const NETSCAPE_TYPE = "2.16.840.1.113730.1.1";

/** A key in two forms: for the certificate, and for the client. */
interface Key {
  readonly public: webcrypto.CryptoKey;
  readonly private: webcrypto.CryptoKey;
  readonly pem: string;
}

async function makeKey(modulusLength: number): Promise<Key> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const toPkcs8 = (key: KeyObject) => key.export({ type: "pkcs8", format: "der" });
  return {
    public: await webcrypto.subtle.importKey("spki", spki, RSA, true, ["verify"]),
    private: await webcrypto.subtle.importKey("pkcs8", toPkcs8(privateKey), RSA, true, ["sign"]),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** The `nsCertType` extension: a bit string of up to eight bits, the first of which is `client`. */
const netscapeType = (bits: number, unused: number): Extension =>
  new Extension(NETSCAPE_TYPE, false, new Uint8Array([3, 2, unused, bits]));
const CLIENT_AND_SMIME = netscapeType(0b10100000, 5);
const SERVER_AND_CA = netscapeType(0b01000100, 2);

/** A CA with its key. */
export interface KatelloCa {
  readonly certificate: X509Certificate;
  readonly key: Key;
  readonly pem: string;
}

const DN = "C=US, ST=North Carolina, L=Raleigh, O=Katello, OU=SomeOrgUnit, CN=katello.example.org";

/** A CA by katello-certs-tools: none of its extensions is critical, and it is valid for servers and clients. */
export async function makeKatelloCa(name = DN): Promise<KatelloCa> {
  const key = await makeKey(2048);
  const serialNumber = "0aabbccddeeff00112";
  const { digitalSignature, keyEncipherment, keyCertSign, cRLSign } = KeyUsageFlags;
  const certificate = await X509CertificateGenerator.create({
    serialNumber,
    subject: name,
    issuer: name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    publicKey: key.public,
    signingKey: key.private,
    signingAlgorithm: RSA,
    extensions: [
      new BasicConstraintsExtension(true),
      new KeyUsagesExtension(digitalSignature | keyEncipherment | keyCertSign | cRLSign),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      SERVER_AND_CA,
      await SubjectKeyIdentifierExtension.create(key.public),
      await AuthorityKeyIdentifierExtension.create(key.public),
    ],
  });
  return { certificate, key, pem: certificate.toString("pem") };
}

/** Options of an identity certificate. */
export interface IdentityOptions {
  /** In the format of RFC 4514, but in the order of the certificate. */
  readonly subject: string;
  /** Candlepin's format of 2023, or today's; default today's. */
  readonly generation?: 2023 | 2026;
  /** Names the CA by its issuer and serial number, as old versions of Candlepin did. */
  readonly byIssuer?: boolean;
  readonly purpose?: ExtendedKeyUsage;
  readonly notAfter?: Date;
}

let leafKey: Promise<Key> | undefined;

/** An identity certificate. All share one key of 4096 bits, because its generation takes a second. */
export async function makeIdentity(ca: KatelloCa, options: IdentityOptions): Promise<Pair> {
  leafKey ??= makeKey(4096);
  const key = await leafKey;
  const { subject, generation = 2026, byIssuer = false, purpose = ExtendedKeyUsage.clientAuth } = options;
  const { digitalSignature, keyEncipherment, dataEncipherment } = KeyUsageFlags;
  const usage =
    generation === 2023 ? digitalSignature | keyEncipherment | dataEncipherment : digitalSignature;
  const name = new GeneralNames([{ type: "dn", value: ca.certificate.issuer }]);
  const issuer = { name, serialNumber: ca.certificate.serialNumber };
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "1a2b3c4d5e6f7081",
    subject,
    issuer: ca.certificate.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + DAY_MS),
    publicKey: key.public,
    signingKey: ca.key.private,
    signingAlgorithm: RSA,
    extensions: [
      CLIENT_AND_SMIME,
      new KeyUsagesExtension(usage, true),
      new ExtendedKeyUsageExtension([purpose]),
      byIssuer
        ? new AuthorityKeyIdentifierExtension(issuer)
        : await AuthorityKeyIdentifierExtension.create(ca.key.public),
      await SubjectKeyIdentifierExtension.create(key.public),
      new SubjectAlternativeNameExtension([
        { type: "dn", value: subject },
        { type: "dn", value: "CN=host0.example.org" },
      ]),
      new BasicConstraintsExtension(false),
    ],
  });
  return { cert: certificate.toString("pem"), key: key.pem };
}
