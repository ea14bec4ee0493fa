import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { oauthHeader } from "../../src/upstreams/foreman/oauth.ts";
import { pem, testFolder } from "../support/gateway.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const CA = join(testFolder(), "ca.crt");

interface Foreman {
  version: string;
  features: string[];
  records: Map<string, { id: number; name: string; url: string }>;
  calls: { method: string | undefined; path: string; authorization: string | undefined; user: unknown }[];
}

/** Foreman's API for Smart Proxies, as its documentation describes it. */
const foreman: Foreman = { version: "", features: [], records: new Map(), calls: [] };
const BASIC = `Basic ${Buffer.from("admin:changeme").toString("base64")}`;

function reply(method: string, path: string, body: string): [status: number, body: unknown] {
  const withFeatures = (record: object | undefined) => ({
    ...record,
    features: foreman.features.map((name) => ({ name })),
  });
  if (path === "/api/v2/status")
    return [200, { result: "ok", status: 200, version: foreman.version, api_version: 2 }];
  const [, id] = /^\/api\/v2\/smart_proxies\/(\d+)/.exec(path) ?? [];
  const sent = body === "" ? {} : (JSON.parse(body).smart_proxy ?? {});
  if (sent.url === "https://broken.example.org") {
    const message = "Unable to communicate with the proxy";
    return [422, { error: { id: null, errors: { base: [message] }, full_messages: [message] } }];
  }
  if (method === "GET") {
    const [, name = ""] = /name="([^"]*)"/.exec(decodeURIComponent(path)) ?? [];
    const found = foreman.records.get(name);
    return [200, { total: 1, results: found === undefined ? [] : [withFeatures(found)] }];
  }
  if (method === "POST") {
    const record = { id: foreman.records.size + 1, name: sent.name, url: sent.url };
    foreman.records.set(sent.name, record);
    return [201, withFeatures(record)];
  }
  const record = [...foreman.records.values()].find((one) => one.id === Number(id));
  if (record !== undefined && sent.url !== undefined) record.url = sent.url;
  return [200, withFeatures(record)];
}

let server: Server;
let url = "";
beforeAll(async () => {
  server = createServer({ cert: pem("server.crt"), key: pem("server.key") }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url: path = "", headers } = request;
    foreman.calls.push({ method, path, authorization: headers.authorization, user: headers["foreman-user"] });
    const isKnown = headers.authorization === BASIC || headers.authorization?.startsWith("OAuth ") === true;
    const [status, answer] = isKnown
      ? reply(method, path, body)
      : [401, { error: { message: "Unable to authenticate user admin" } }];
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  });
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
