import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { get } from "../support/operations.ts";
import { listPem, makeConsumer, makeConsumerAuthority, type Pair, revoke } from "../support/revocation.ts";

const inFolder = (name: string) => join(testFolder(), name);
const ca = await makeConsumerAuthority("revoking consumers");
const manifest = get.manifest("org/private-app", "1.0");
const file = inFolder("consumers.crl");
const said: string[] = [];
const settings = { rhsm_ca_file: inFolder("revoking.crt"), rhsm_crl_file: file };
let world: TestGateway;
let behindProxy: TestGateway;
let host: Pair;

/** Replaces the list atomically. */
function put(content: Buffer | string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

const tells = (text: string) => said.some((line) => line.includes(text));

beforeAll(async () => {
  host = await makeConsumer(ca, DEMO_HOST);
  writeFileSync(settings.rhsm_ca_file, ca.cert);
  writeFileSync(inFolder("revoked-host.crt"), host.cert);
  writeFileSync(inFolder("revoked-host.key"), host.key);
  put(listPem(await revoke(ca, [])));
  const log = pino({ level: "warn" }, { write: (line: string) => void said.push(line) });
  world = await startTestGateway({ settings, log });
  behindProxy = await startTestGateway({ settings: { ...settings, trusted_proxies: ["127.0.0.1"] } });
});
afterAll(async () => {
  await world.stop();
  await behindProxy.stop();
});

/** The statuses over TLS and through a reverse proxy. */
async function statuses(): Promise<number[]> {
  const direct = caller(world, { via: "https", certificate: "revoked-host" });
  const headers = { X_RHSM_SSL_CLIENT_CERT: host.cert.trim().replaceAll("\n", " ") };
  const answers = await Promise.all([direct(manifest), caller(behindProxy)(manifest, headers)]);
  return answers.map(({ status }) => status);
}
const until = (status: number) =>
  eventually(`${status}`, async () => (await statuses()).every((one) => one === status));

test("rejects certificates of the current revocation list, which is read again when it changes", async () => {
  expect(await statuses()).toEqual([200, 200]);
  put(await revoke(ca, [host]));
  await until(401);
  await eventually("it is told", () => tells("revoked certificate refused"));

  // Invalid lists are logged, and change nothing.
  const good = listPem(await revoke(ca, []));
  put(good.slice(0, -40));
  await eventually("half a list is told", () => tells("something other than complete lists"));
  put(listPem(await revoke(await makeConsumerAuthority("revoking consumers"), [])));
  await eventually("a list of others is told", () => tells("not signed by a CA in rhsm_ca_file"));
  expect(await statuses()).toEqual([401, 401]);

  put(await revoke(ca, [host], { nextUpdate: new Date(Date.now() - 1000) }));
  await eventually("an old list is told", () => tells("is overdue"));
  expect(await statuses()).toEqual([401, 401]);

  put(good);
  await until(200);
});

describe("the gateway does not start", () => {
  test.each<[string, () => Promise<Record<string, unknown>>, RegExp]>([
    [
      "without its revocation list",
      async () => ({ rhsm_crl_file: "/nowhere/x.crl" }),
      /rhsm_crl_file.*can't be used/,
    ],
    [
      "with a revocation list of another CA",
      async () => {
        writeFileSync(inFolder("others.crl"), await revoke(await makeConsumerAuthority("x"), []));
        return { rhsm_crl_file: inFolder("others.crl") };
      },
      /can't be used/,
    ],
  ])("%s", async (_, more, message) => {
    await expect(startTestGateway({ settings: { ...settings, ...(await more()) } })).rejects.toThrow(message);
  });
});
