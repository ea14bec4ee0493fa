/** Resumed TLS sessions of a client whose certificate is below an intermediate CA. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SecureVersion } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { generate, type SelfsignedOptions } from "selfsigned";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { pullAsHost } from "../support/host-pull.ts";

const AUTHORITY: SelfsignedOptions["extensions"] = [
  { name: "basicConstraints", cA: true, critical: true },
  { name: "keyUsage", keyCertSign: true, critical: true },
];
const CLIENT: SelfsignedOptions["extensions"] = [
  { name: "basicConstraints", cA: false },
  { name: "extKeyUsage", clientAuth: true },
];

async function make(name: string, options: Partial<SelfsignedOptions>) {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...{ keyType: "ec", algorithm: "sha256" },
    ...options,
  });
  return { cert, key };
}

let world: TestGateway;
let shown: { readonly cert: string; readonly key: string };
beforeAll(async () => {
  const root = await make("root", { extensions: AUTHORITY });
  const between = await make("between", { ca: root, extensions: AUTHORITY });
  const leaf = await make(DEMO_HOST, { ca: between, extensions: CLIENT });
  shown = leaf;
  const authority = join(testFolder(), "root-of-hosts.crt");
  writeFileSync(authority, `${root.cert}\n${between.cert}`);
  world = await startTestGateway({ settings: { rhsm_ca_file: authority } });
});
afterAll(() => world.stop());

test.each<SecureVersion>(["TLSv1.2", "TLSv1.3"])(
  "authenticates a host below an intermediate CA in a resumed session over %s",
  async (version) => {
    const first = await pullAsHost(world, shown, version);
    const second = await pullAsHost(world, shown, version, first.next);
    expect([first.resumed, first.status, second.resumed, second.status]).toEqual([false, 200, true, 200]);
  },
);
