/** Certificates that are wrong in one way each. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import { testFolder } from "./folder.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Properties of a certificate. */
export interface Kind {
  readonly name?: string;
  /** Days from now on which it begins and ends. */
  readonly from?: number;
  readonly to?: number;
  readonly ca?: Pair;
  readonly isCa?: boolean;
  readonly purpose?: "serverAuth" | "clientAuth";
  readonly hosts?: readonly string[];
}

/** Makes a certificate, which signs itself unless it has a CA. */
export async function makePair(kind: Kind = {}): Promise<Pair> {
  const { name = "odd.example.org", from = -1, to = 90, ca, isCa = false, purpose, hosts = [] } = kind;
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() + from * DAY_MS),
    notAfterDate: new Date(Date.now() + to * DAY_MS),
    ...(ca === undefined ? {} : { ca }),
    extensions: [
      { name: "basicConstraints", cA: isCa, critical: true },
      ...(isCa ? [{ name: "keyUsage" as const, keyCertSign: true, critical: true }] : []),
      ...(purpose === undefined ? [] : [{ name: "extKeyUsage" as const, [purpose]: true }]),
      ...(hosts.length === 0
        ? []
        : [
            {
              name: "subjectAltName" as const,
              altNames: hosts.map((value) => ({ type: 2 as const, value })),
            },
          ]),
    ],
  });
  return { cert, key };
}

/** Writes a file of this test run, by default open to its owner alone, and returns its path. */
export function writeTemporary(text: string, mode = 0o600): string {
  const path = join(testFolder(), `odd-${randomBytes(6).toString("hex")}.pem`);
  writeFileSync(path, text, { mode });
  return path;
}

/** Writes the parts of certificate and key into one file each; returns their paths. */
export const writePair = ({ cert, key }: Pair, ...chain: readonly string[]) => ({
  cert: writeTemporary([cert, ...chain].join("\n")),
  key: writeTemporary(key),
});
