/** A CA of consumer certificates, and its revocation lists. */
import "reflect-metadata";
import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";
import { cryptoProvider, type Extension, PemConverter, X509CrlGenerator } from "@peculiar/x509";
import { generate } from "selfsigned";

cryptoProvider.set(webcrypto);

/** A certificate with its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const DAY = 24 * 60 * 60 * 1000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const validity = () => ({
  keyType: "ec" as const,
  algorithm: "sha256",
  notBeforeDate: new Date(Date.now() - DAY),
  notAfterDate: new Date(Date.now() + DAY),
});

export async function makeConsumerAuthority(name: string): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...validity(),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** A consumer certificate of a host; an unfit one has the wrong key usage. */
export async function makeConsumer(
  ca: Pair,
  uuid: string,
  until = validity().notAfterDate,
  unfit = false,
): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: uuid }], {
    ...validity(),
    notAfterDate: until,
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "extKeyUsage", clientAuth: true },
      ...(unfit ? [{ name: "keyUsage" as const, keyEncipherment: true }] : []),
    ],
  });
  return { cert, key };
}

/** Options of a list. */
export interface ListOptions {
  readonly nextUpdate?: Date;
  readonly extensions?: Extension[];
}

/** A DER list by which a CA revokes certificates. */
export async function revoke(
  ca: Pair,
  revoked: readonly Pair[],
  { nextUpdate = new Date(Date.now() + DAY), extensions = [] }: ListOptions = {},
): Promise<Buffer> {
  const der = createPrivateKey(ca.key).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  const authority = new X509Certificate(ca.cert);
  const list = await X509CrlGenerator.create({
    issuer: authority.subject.replaceAll("\n", ", "),
    thisUpdate: new Date(Date.now() - DAY),
    nextUpdate,
    entries: revoked.map(({ cert }) => ({
      serialNumber: new X509Certificate(cert).serialNumber,
      revocationDate: new Date(Date.now() - DAY),
      reason: 1,
    })),
    extensions,
    signingAlgorithm: algorithm,
    signingKey,
  });
  return Buffer.from(list.rawData);
}

/** A list as PEM. */
export const listPem = (list: Buffer): string => `${PemConverter.encode(list, "X509 CRL")}\n`;
