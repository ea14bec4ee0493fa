import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { Server } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { oauthHeader } from "../../src/upstreams/foreman/oauth.ts";
import { createForemanApi, type ForemanApi } from "../support/foreman-api.ts";
import { testFolder } from "../support/gateway.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const CA = join(testFolder(), "ca.crt");

/** Foreman's API. */
const foreman: ForemanApi = { version: "", features: [], records: new Map(), calls: [] };

let server: Server;
let url = "";
beforeAll(async () => {
  server = createForemanApi(foreman);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `https://localhost:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  Object.assign(foreman, {
    version: "3.16.0",
    features: ["Container_Gateway", "Pulpcore"],
    records: new Map(),
    calls: [],
  });
});

async function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = { FOREMAN_PASSWORD: "changeme" },
) {
  const child = spawn(process.execPath, [CLI, "register", ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

const usual = () => [
  "--foreman",
  url,
  "--ca",
  CA,
  "--name",
  "proxy.example.org",
  "--url",
  "https://proxy.example.org:9091",
];

describe("container-gateway register", () => {
  test("creates the record, refreshes its features, and says that Katello finds the gateway", async () => {
    expect(await run(usual())).toEqual({
      status: 0,
      stderr: "",
      stdout: [
        "created the record proxy.example.org with https://proxy.example.org:9091 in Foreman 3.16.0",
        "features: Container_Gateway, Pulpcore",
        "the record also has Pulpcore: every Katello finds the gateway",
        "",
      ].join("\n"),
    });
    expect(foreman.calls.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "GET /api/v2/status",
      "GET /api/v2/smart_proxies",
      "POST /api/v2/smart_proxies",
      "PUT /api/v2/smart_proxies/1/refresh",
    ]);
  });

  test("updates the URL of a record, and leaves one that has it", async () => {
    foreman.records.set("proxy.example.org", {
      id: 7,
      name: "proxy.example.org",
      url: "https://proxy.example.org:9090",
    });
    expect((await run(usual())).stdout).toMatch(/^updated /);
    expect(foreman.records.get("proxy.example.org")?.url).toBe("https://proxy.example.org:9091");
    expect((await run(usual())).stdout).toMatch(/^unchanged /);
  });

  test.each([
    ["3.16.0", ["Container_Gateway"], 2, "use the façade"],
    ["5.0.0-develop", ["Container_Gateway"], 0, "on a record of its own"],
    ["5.0.0", [], 2, "trusted_hosts"],
  ])(
    "tells for Foreman %s and the features %j whether Katello finds it",
    async (version, features, status, text) => {
      Object.assign(foreman, { version, features });
      const result = await run([...usual(), "--json"]);
      expect(result.status).toBe(status);
      expect(JSON.parse(result.stdout)).toMatchObject({
        isFound: status === 0,
        text: expect.stringContaining(text),
      });
    },
  );

  test("reads the password from a file, and signs with Foreman's OAuth key", async () => {
    const file = join(testFolder(), "password");
    writeFileSync(file, "changeme\n");
    expect((await run([...usual(), "--password-file", file], {})).status).toBe(0);
    writeFileSync(file, ":oauth_consumer_key: \"k\"\n:oauth_consumer_secret: 's'\n");
    expect((await run([...usual(), "--oauth-key-file", file, "--user", "bob"], {})).status).toBe(0);
    expect(foreman.calls.at(-1)).toMatchObject({
      user: "bob",
      authorization: expect.stringContaining('oauth_consumer_key="k"'),
    });
  });

  test.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ["a wrong password", [], { FOREMAN_PASSWORD: "wrong" }, "Foreman refuses these credentials"],
    ["no password", [], {}, "--password-file"],
    [
      "a URL that Foreman can't reach",
      ["--url", "https://broken.example.org"],
      { FOREMAN_PASSWORD: "changeme" },
      "Unable to communicate with the proxy",
    ],
    [
      "a plain http URL",
      ["--url", "http://x"],
      { FOREMAN_PASSWORD: "changeme" },
      "--url must be an https URL",
    ],
    [
      "a Foreman that is not there",
      ["--foreman", "https://localhost:1"],
      { FOREMAN_PASSWORD: "changeme" },
      "can't be reached",
    ],
    [
      "a file that is not there",
      ["--ca", "/nowhere"],
      { FOREMAN_PASSWORD: "changeme" },
      "--ca: /nowhere can't be read",
    ],
  ])("says what is wrong with %s", async (_, args, environment, text) => {
    const { status, stderr } = await run([...usual(), ...args], environment);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(text.startsWith("--url") ? 64 : 1);
  });
});

test("an OAuth signature is that of RFC 5849", () => {
  const signed = {
    method: "GET",
    url: new URL("https://foreman.example.org/api/v2/smart_proxies?search=name%3D%22a+b%22"),
  };
  const header = oauthHeader(signed, { key: "k!", secret: "s&" }, 1_700_000_000_500, "n");
  const base =
    "GET&https%3A%2F%2Fforeman.example.org%2Fapi%2Fv2%2Fsmart_proxies&oauth_consumer_key%3Dk%2521%26oauth_nonce%3Dn%26" +
    "oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000%26oauth_version%3D1.0%26search%3Dname%253D%2522a%2520b%2522";
  const signature = createHmac("sha1", "s%26&").update(base).digest("base64");
  expect(header).toBe(
    `OAuth oauth_consumer_key="k%21", oauth_nonce="n", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1700000000", oauth_version="1.0", oauth_signature="${encodeURIComponent(signature)}"`,
  );
});
