/**
 * Throw-away certificates for the demo and the tests: one authority and what it signs. Never for production:
 * the keys live in memory or wherever the caller puts them, and nothing revokes them.
 */
import { generate } from "selfsigned";

/** A certificate with its private key, both PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** What {@link makeCertificates} gives: the authority's certificate and everything signed by it, all PEM. */
export interface DemoCertificates {
  /** The certificate of the authority; its key is thrown away, and so is that of the other one. */
  ca: string;
  /** Serves `localhost`, 127.0.0.1 and ::1. */
  server: Pair;
  /** Client certificate that the gateway shows to Katello and Pulp, CN `gateway.example.org`. */
  gateway: Pair;
  /** Client certificate of Foreman, the one to name in `trusted_hosts`, CN `foreman.example.org`. */
  foreman: Pair;
  /** The certificate of the authority that signs consumer certificates. */
  consumers: string;
  /** Consumer certificate of a registered host, CN {@link DEMO_HOST}. */
  host: Pair;
  /** Correctly signed, yet nobody that anyone trusts, CN `stranger.example.org`. */
  stranger: Pair;
}

/** The uuid of the demo's registered host. */
export const DEMO_HOST = "6a0b2c5e-0f5c-4f43-9d1c-4f2b9d0e7a11";

const day = 24 * 60 * 60 * 1000;

const validity = () => ({
  keyType: "ec" as const,
  algorithm: "sha256",
  notBeforeDate: new Date(Date.now() - day),
  notAfterDate: new Date(Date.now() + 30 * day),
});

async function makeAuthority(name: string): Promise<Pair> {
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

/** Makes fresh authorities and their certificates, valid from yesterday (clocks differ) for about a month. Takes some 20 ms. */
export async function makeCertificates(): Promise<DemoCertificates> {
  const authority = await makeAuthority("Demo authority");
  const consumers = await makeAuthority("Demo authority of hosts");
  const client = (commonName: string) => sign(authority, commonName, "clientAuth");
  return {
    ca: authority.cert,
    server: await sign(authority, "localhost", "serverAuth", ["127.0.0.1", "::1"]),
    gateway: await client("gateway.example.org"),
    foreman: await client("foreman.example.org"),
    consumers: consumers.cert,
    host: await sign(consumers, DEMO_HOST, "clientAuth"),
    stranger: await client("stranger.example.org"),
  };
}
