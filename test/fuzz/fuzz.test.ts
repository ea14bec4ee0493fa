/** Generated requests of each kind of caller, each against its own gateway. */
import { join } from "node:path";
import { Writable } from "node:stream";
import { beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { fuzz, installSchemathesis, writeContract } from "./schemathesis.ts";

/** Examples for each operation and caller; `FUZZ_EXAMPLES` sets another number. */
const USUAL = 200;
const EXAMPLES = Number(process.env.FUZZ_EXAMPLES ?? USUAL);
/** Total minimum; some operations have fewer examples than the limit, so that twice the limit does not double it. */
const ENOUGH = 20_000 + (EXAMPLES - USUAL) * 80;
const SECONDS = 300 + EXAMPLES * 4;

/** Pino's number of the level `error`. */
const ERROR = 50;

let program = "";
let requests = 0;
beforeAll(async () => {
  program = await installSchemathesis();
}, 600_000);

const certificate = (name: string): string[] => [
  ...["--request-cert", `${testFolder()}/${name}.crt`, "--request-cert-key", `${testFolder()}/${name}.key`],
  ...["--tls-verify", `${testFolder()}/ca.crt`],
];

/** Messages about calls of Katello that were refused: errors for the operator, and none of the gateway. */
const REFUSED_SYNC = /^sync (?:refused|failed)/;

/** Starts a gateway that keeps its own errors from the log. */
async function watched(): Promise<{ gateway: TestGateway; faults: string[] }> {
  const faults: string[] = [];
  const log = new Writable({
    write: (line, _encoding, done) => {
      const { level, msg }: { level: number; msg: string } = JSON.parse(String(line));
      if (level >= ERROR && !REFUSED_SYNC.test(msg)) faults.push(String(line));
      done();
    },
  });
  const settings = { admin_listen: ["https://127.0.0.1:0"] };
  return { gateway: await startTestGateway({ log: pino({ level: "error" }, log), settings }), faults };
}

const HEADERS = ["registryToken", "anonymousToken", "foremanLogin"];

interface CallerOptions {
  readonly url: string;
  /** Security schemes for which it has credentials. */
  readonly schemes: readonly string[];
  readonly as: readonly string[];
  readonly config?: "administration.toml";
}

const callers: readonly [string, (gateway: TestGateway) => Promise<CallerOptions>][] = [
  ["an anonymous caller", async ({ http }) => ({ url: http, schemes: HEADERS, as: [] })],
  [
    "a user",
    async (gateway) => ({
      url: gateway.http,
      schemes: HEADERS,
      as: ["--header", `Authorization: Bearer ${await tokenOf(gateway, "alice:secret")}`],
    }),
  ],
  ["a registered host", async ({ https }) => ({ url: https, schemes: [], as: certificate("host") })],
  ["Katello", async ({ https }) => ({ url: https, schemes: [], as: certificate("foreman") })],
  [
    "an administrator at admin_listen",
    async ({ gateway }) => ({
      url: gateway.admin.find(({ transport }) => transport === "https")?.url ?? "",
      schemes: [],
      as: [
        ...certificate("foreman"),
        // Events never end, and the level of the log would hide the gateway's own errors.
        ...[
          "--include-tag",
          "admin",
          "--exclude-operation-id",
          "getEvents",
          "--exclude-operation-id",
          "putLogLevel",
        ],
      ],
      config: "administration.toml",
    }),
  ],
];

test.concurrent.each(callers)(
  "%s gets a reply of the contract to each request",
  async (_, caller) => {
    const { gateway, faults } = await watched();
    try {
      const { schemes, ...options } = await caller(gateway);
      const contract = writeContract(join(testFolder(), `contract-${schemes.length}.json`), schemes);
      const found = await fuzz({ program, contract, examples: EXAMPLES, seconds: SECONDS, ...options });
      requests += found.requests;
      expect(found.failures).toBe("");
      expect(faults).toEqual([]);
    } finally {
      await gateway.stop();
    }
  },
  SECONDS * 1000,
);

test("enough requests were sent", () => {
  process.stdout.write(`${requests} requests\n`);
  expect(requests).toBeGreaterThanOrEqual(ENOUGH);
});
