/**
 * Temporary CAs and certificates for the demo and the tests. Never for production: the keys are in memory or wherever the caller
 * writes them, and nothing revokes the certificates.
 */
import { generate } from "selfsigned";

/** A certificate and its private key, both PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** Result of {@link makeCertificates}, all PEM. */
export interface DemoCertificates {
  /** Certificate of the CA. The keys of both CAs are discarded. */
  ca: string;
  /** Server certificate for `localhost`, 127.0.0.1 and ::1. */
  server: Pair;
  /** Client certificate of the gateway for Katello and Pulp, CN `gateway.example.org`. */
  gateway: Pair;
  /** Client certificate of Foreman for `trusted_hosts`, CN `foreman.example.org`. */
  foreman: Pair;
  /** Certificate of the CA that signs consumer certificates. */
  consumers: string;
  /** Consumer certificate of a registered host, CN {@link DEMO_HOST}. */
  host: Pair;
  /** Validly signed client certificate that nobody trusts, CN `stranger.example.org`. */
  stranger: Pair;
}

/** Uuid of the demo's registered host. */
export const DEMO_HOST = "6a0b2c5e-0f5c-4f43-9d1c-4f2b9d0e7a11";

const DAY_MS = 24 * 60 * 60 * 1000;

const validity = () => ({
  keyType: "ec" as const,
  algorithm: "sha256",
  notBeforeDate: new Date(Date.now() - DAY_MS),
  notAfterDate: new Date(Date.now() + 90 * DAY_MS),
});

async function makeCa(name: string): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...validity(),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** Signs a certificate for one purpose. */
async function sign(
  ca: Pair,
  commonName: string,
  purpose: "serverAuth" | "clientAuth",
  addresses: readonly string[] = [],
): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: commonName }], {
    ...validity(),
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", [purpose]: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 2, value: commonName }, ...addresses.map((ip) => ({ type: 7, ip }) as const)],
      },
    ],
  });
  return { cert, key };
}

/** Makes new CAs and certificates, valid from yesterday (for clock skew) for about three months. Takes some 20 ms. */
export async function makeCertificates(): Promise<DemoCertificates> {
  const ca = await makeCa("Demo authority");
  const consumers = await makeCa("Demo authority of hosts");
  const client = (commonName: string) => sign(ca, commonName, "clientAuth");
  return {
    ca: ca.cert,
    server: await sign(ca, "localhost", "serverAuth", ["127.0.0.1", "::1"]),
    gateway: await client("gateway.example.org"),
    foreman: await client("foreman.example.org"),
    consumers: consumers.cert,
    host: await sign(consumers, DEMO_HOST, "clientAuth"),
    stranger: await client("stranger.example.org"),
  };
}
