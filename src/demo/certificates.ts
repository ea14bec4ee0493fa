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
  /** The certificate of the authority; its key is thrown away. */
  ca: string;
  /** Serves `localhost`, 127.0.0.1 and ::1. */
  server: Pair;
  /** Client certificate that the gateway shows to Katello and Pulp, CN `gateway.example.org`. */
  gateway: Pair;
  /** Client certificate of Foreman, the one to name in `trusted_hosts`, CN `foreman.example.org`. */
  foreman: Pair;
  /** Correctly signed, yet nobody that anyone trusts, CN `stranger.example.org`. */
  stranger: Pair;
}

const day = 24 * 60 * 60 * 1000;

/** Makes a fresh authority and its certificates, valid from yesterday (clocks differ) for about a month. Takes some 20 ms. */
export async function makeCertificates(): Promise<DemoCertificates> {
  const common = {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 30 * day),
  } as const;
  const authority = await generate([{ name: "commonName", value: "Demo authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { key: authority.private, cert: authority.cert };

  const sign = async (commonName: string, purpose: "serverAuth" | "clientAuth", addresses: string[]) => {
    const { cert, private: key } = await generate([{ name: "commonName", value: commonName }], {
      ...common,
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
  };
  const client = (commonName: string) => sign(commonName, "clientAuth", []);

  return {
    ca: authority.cert,
    server: await sign("localhost", "serverAuth", ["127.0.0.1", "::1"]),
    gateway: await client("gateway.example.org"),
    foreman: await client("foreman.example.org"),
    stranger: await client("stranger.example.org"),
  };
}
