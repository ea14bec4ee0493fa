/** The real Pulp of a test run as a target. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./ask.ts";
import type { Target } from "./facts.ts";

/** A real Pulp and the folder of its certificates. */
export interface RealPulp extends Target {
  readonly ca: string;
  /** The version of pulp_container. */
  readonly version: string;
  /** The path of a certificate or key, such as `client.key`. */
  file(name: string): string;
}

/** @throws Error if there is none */
export async function realPulp(): Promise<RealPulp> {
  const { PULP_URL: origin, PULP_CERTS: certificates } = process.env;
  if (!origin || !certificates) {
    throw new Error(
      "PULP_URL and PULP_CERTS must name a Pulp, both or none: start one with test/pulp/up.sh and take what it says",
    );
  }
  const file = (name: string) => join(certificates, name);
  const pem = (name: string) => readFileSync(file(name), "utf8");
  const identity = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
  const ca = pem("ca.crt");
  const status = await ask({ url: `${origin}/pulp/api/v3/status/?fields=versions`, ca });
  const [, version = "", minor] =
    /"component":"container","version":"(2\.(\d+)\.[^"]*)"/.exec(status.body.toString()) ?? [];
  return {
    origin,
    generation: Number(minor) >= 28 ? "2.30" : "2.27",
    ca,
    identities: {
      gateway: identity("client"),
      stranger: identity("stranger"),
      foreigner: identity("foreign"),
      nobody: undefined,
    },
    version,
    file,
  };
}
