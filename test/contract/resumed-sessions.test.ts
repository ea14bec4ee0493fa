/** TLS sessions that a client takes up again, with a certificate below an authority that is known with the one above it. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { generate, type SelfsignedOptions } from "selfsigned";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";

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

/** One request on a connection of its own. */
async function pull(version: SecureVersion, session: Buffer | undefined) {
  const socket: TLSSocket = connect({
    ...{ host: "127.0.0.1", port: Number(new URL(world.https).port), servername: "localhost" },
    ...{ ca: pem("ca.crt"), minVersion: version, maxVersion: version, ...shown },
    ...(session === undefined ? {} : { session }),
  });
  let next: Buffer | undefined;
  socket.on("session", (given) => {
    next = given;
  });
  await once(socket, "secureConnect");
  const resumed = socket.isSessionReused();
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.write(
    "GET /v2/org/private-app/manifests/1.0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  );
  await eventually("an answer", () => text.includes("\r\n\r\n"));
  socket.destroy();
  return { resumed, status: Number(text.split(" ")[1]), next };
}

test.each<SecureVersion>(["TLSv1.2", "TLSv1.3"])(
  "a host below an intermediate authority is known again over %s",
  async (version) => {
    const first = await pull(version, undefined);
    const second = await pull(version, first.next);
    expect([first.resumed, first.status, second.resumed, second.status]).toEqual([false, 200, true, 200]);
  },
);
