/** Raw requests in tests: files that send any, with the reason why they don't call the gateway by the client package. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const OWN = "unit/raw-requests.test.ts";

/** Reasons for raw requests, and the files that have them. A file with several is listed under the first. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  "bytes on connections are tested: malformed HTTP, handshakes, PROXY headers, bodies in pieces": [
    "contract/listeners.test.ts",
    "contract/plain-http.test.ts",
    "contract/sync-body.test.ts",
    "contract/sync-order.test.ts",
    "contract/token-form.test.ts",
    "faults/attacker.mjs",
    "faults/peers.ts",
    "faults/slow.test.ts",
    "wire/bounds.test.ts",
    "wire/candlepin.test.ts",
    "wire/proxy-protocol.test.ts",
    "wire/raw-http.test.ts",
    "wire/resumed-sessions.test.ts",
  ],
  "the contract has no such request: unknown paths and methods, invalid parameters, headers that are sent twice, pages":
    [
      "contract/accept.test.ts",
      "contract/admin-sessions.test.ts",
      "contract/admin.test.ts",
      "contract/bad-input.test.ts",
      "contract/catalog.test.ts",
      "contract/entry.test.ts",
      "contract/health.test.ts",
      "contract/hosts.test.ts",
      "contract/login.test.ts",
      "contract/pull.test.ts",
      "contract/search.test.ts",
      "contract/sync.test.ts",
      "process/demo.test.ts",
    ],
  "the connection of the request is tested: its address, server name or Host header": [
    "clients/load-balancer.test.ts",
    "contract/claims.test.ts",
  ],
  "the façade and the proxy of the contract pass on every request as it is": [
    "contract/facade.test.ts",
    "process/contract-proxy.test.ts",
    "support/deviating-proxy.ts",
  ],
  "load and measurements: the client would cost more than the gateway": [
    "bench/browsing.ts",
    "bench/metrics.ts",
    "bench/pulls.ts",
    "bench/reads.ts",
    "bench/streams.ts",
    "bench/sync-site.ts",
    "bench/syncs.ts",
    "bench/yardsticks.ts",
    "faults/attack-load.ts",
    "faults/load.ts",
    "faults/no-oracle.test.ts",
    "operate/reload.test.ts",
    "operate/several-gateways.test.ts",
    "soak/mixed-load.ts",
  ],
  "the server is no gateway: Katello, Pulp, Prometheus, Patroni, or one that a test starts": [
    "clients/breaking-content.ts",
    "clients/host-proxy.ts",
    "clients/slow-content.ts",
    "faults/patroni.ts",
    "faults/switch.ts",
    "katello/conversation.ts",
    "katello/katello.ts",
    "katello/scenarios.ts",
    "operate/prometheus.test.ts",
    "pulp/ask.ts",
    "unit/body-pieces.test.ts",
    "unit/demo-katello.test.ts",
    "unit/manual-pages.test.ts",
    "unit/replies.test.ts",
  ],
  "the files above send by them": [
    "support/client.ts",
    "support/host-pull.ts",
    "support/lines.ts",
    "support/raw-http.ts",
  ],
};

/** Signs of raw requests in the text of a file. */
const SIGNS: Readonly<Record<string, (text: string) => boolean>> = {
  "a library for requests": (text) =>
    /^import (?!type\b)[^;]*(?:(?<!\btype )\b(?:request|get|fetch|Agent|Pool|Client)\b|\* as )[^;]* from "(?:node:https?|undici)";/m.test(
      text,
    ),
  "a socket": (text) =>
    /^import [^;]*\bconnect\b[^;]* from "node:(?:net|tls)";/m.test(text) && text.includes("HTTP/1.1"),
  fetch: (text) => /(?<![\w.$])fetch\(/.test(text),
  "a helper for raw requests": (text) =>
    /(?<![\w.$])(?:rawClient|sendBytes|pullAsHost)\(/.test(text) ||
    /^import [^;]*\braw\b[^;]* from "[^"]*\/lines\.ts";/m.test(text),
};
const signsIn = (text: string): string[] =>
  Object.entries(SIGNS).flatMap(([what, has]) => (has(text) ? [what] : []));

const listed = Object.values(REASONS).flat();
const found = readdirSync(TESTS, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(?:ts|mjs)$/.test(file) && file !== OWN)
  .filter((file) => signsIn(readFileSync(join(TESTS, file), "utf8")).length > 0);

describe("tests call the gateway by the client package", () => {
  test("or are listed with the reason why they send raw requests", () => {
    expect(found.filter((file) => !listed.includes(file))).toEqual([]);
  });

  test("and no file is listed that sends none", () => {
    expect(listed.filter((file) => !found.includes(file))).toEqual([]);
  });

  test("and each file has one reason", () => {
    expect(listed.filter((file, index) => listed.indexOf(file) !== index)).toEqual([]);
  });
});

test.each([
  ['import { request } from "node:http";', "a library for requests"],
  ['import {\n  createServer,\n  request as httpsRequest,\n} from "node:https";', "a library for requests"],
  ['import * as http from "node:http";', "a library for requests"],
  ['import { Pool } from "undici";', "a library for requests"],
  ['import { connect } from "node:net";\nsocket.write("GET / HTTP/1.1");', "a socket"],
  ["const reply = await fetch(url);", "fetch"],
  ["const send = rawClient(world);", "a helper for raw requests"],
  ["await sendBytes(url, bytes);", "a helper for raw requests"],
  ['import { raw, testLines } from "../support/lines.ts";', "a helper for raw requests"],
])("%j has %s", (text, sign) => {
  expect(signsIn(text)).toEqual([sign]);
});

test.each([
  'import { createServer, type IncomingMessage } from "node:http";',
  'import type { Agent } from "undici";',
  'import { type Agent } from "undici";',
  'import { connect } from "node:net";',
  'import { get } from "../support/operations.ts";',
  'import { testLines } from "../support/lines.ts";',
  "await world.fetch(url);",
])("%j sends none", (text) => {
  expect(signsIn(text)).toEqual([]);
});
