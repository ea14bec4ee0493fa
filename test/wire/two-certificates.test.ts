/** An RSA and an ECDSA certificate on one listener: each client gets the one that suits it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import { loadSettings } from "../../src/settings/load.ts";
import {
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";

const inFolder = (name: string) => join(testFolder(), name);
let world: TestGateway;

async function writePair(name: string, keyType: "rsa" | "ec"): Promise<void> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType,
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 60 * 24 * 60 * 60 * 1000),
  });
  writeFileSync(inFolder(`${name}.crt`), cert);
  writeFileSync(inFolder(`${name}.key`), key);
}

beforeAll(async () => {
  await Promise.all([
    writePair("two-rsa", "rsa"),
    writePair("two-ec", "ec"),
    writePair("two-rsa-more", "rsa"),
  ]);
  world = await startTestGateway({
    settings: {
      ssl_certificate: [inFolder("two-rsa.crt"), inFolder("two-ec.crt")],
      ssl_private_key: `${inFolder("two-rsa.key")}, ${inFolder("two-ec.key")}`,
    },
  });
});
afterAll(async () => {
  await world.stop();
});

/** Kind of the key in the certificate that a client gets. */
function kindFor(options: ConnectionOptions): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(world.https);
    const socket = connect(
      { ...options, host: "127.0.0.1", port: Number(port), rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

test.each([
  ["that supports both", {}, "ec"],
  ["of TLS 1.2 that supports both", { maxVersion: "TLSv1.2" }, "ec"],
  [
    "of TLS 1.2 that supports RSA only",
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" },
    "rsa",
  ],
  ["of TLS 1.3 that supports RSA only", { minVersion: "TLSv1.3", sigalgs: "rsa_pss_rsae_sha256" }, "rsa"],
] as const)("a client %s gets it", async (_, options, kind) => {
  expect(await kindFor(options)).toBe(kind);
});

describe("settings", () => {
  const problems = (certificates: string[], keys: string[]) => {
    const usual = settingsFor(
      "https://127.0.0.1:9",
      "https://127.0.0.1:9",
      "postgresql:///x",
      inFolder("two.sock"),
    );
    const file = writeSettings({
      ...usual,
      ssl_certificate: certificates.map((name) => inFolder(`${name}.crt`)),
      ssl_private_key: keys.map((name) => inFolder(`${name}.key`)),
    });
    try {
      loadSettings(file, {});
      return "";
    } catch (error) {
      return String(error);
    }
  };

  test.each([
    [["two-rsa", "two-ec"], ["two-rsa", "two-ec"], /^$/],
    [["two-rsa", "two-ec"], ["two-ec", "two-rsa"], /ssl_private_key: is not the key of ssl_certificate/],
    [["two-rsa", "two-ec"], ["two-rsa"], /ssl_private_key: must name as many files as ssl_certificate/],
    [
      ["two-rsa", "two-rsa-more"],
      ["two-rsa", "two-rsa-more"],
      /ssl_certificate: names two certificates with rsa keys/,
    ],
    [[], [], /ssl_certificate: must name a file/],
  ])("with %j and the keys %j", (certificates, keys, expected) => {
    expect(problems(certificates, keys)).toMatch(expected);
  });
});
