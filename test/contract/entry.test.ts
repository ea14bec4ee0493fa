import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get, head, operation } from "../support/operations.ts";
import { firstReply, sendBytes } from "../support/raw-http.ts";

let world: TestGateway;
let token = "";
beforeAll(async () => {
  world = await startTestGateway();
  token = await tokenOf(world, "alice:secret");
});
afterAll(async () => {
  await world.stop();
});

const alice = () => ({ token });

describe("GET /v2/ validates tokens", () => {
  testLines(
    () => world,
    [
      { when: "no credentials", call: raw("GET /v2/"), status: 401, code: "UNAUTHORIZED", challenge: "" },
      { when: "without the slash", call: get.base(), status: 401, code: "UNAUTHORIZED", challenge: "" },
      {
        when: "below /container_gateway",
        as: { prefix: "/container_gateway" },
        call: get.base(),
        status: 401,
        challenge: "",
      },
      {
        when: "a valid token",
        as: alice,
        call: get.base(),
        status: 200,
        json: {},
        answers: { "docker-distribution-api-version": "registry/2.0" },
      },
      {
        when: "a valid token, HEAD",
        as: alice,
        call: head.base(),
        status: 200,
        answers: { "content-length": "2" },
      },
      {
        when: "a valid token, below /container_gateway",
        as: alice,
        call: raw("GET /container_gateway/v2/"),
        status: 200,
      },
      {
        when: "the anonymous token",
        as: { token: "unauthenticated" },
        call: get.base(),
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown token",
        as: { token: "nonsense" },
        call: get.base(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "a password in place of a token",
        as: { basic: "alice:secret" },
        call: get.base(),
        status: 200,
      },
      {
        when: "a wrong password",
        as: { basic: "alice:wrong" },
        call: get.base(),
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown scheme",
        headers: { authorization: "Digest x" },
        call: get.base(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "an empty Authorization",
        headers: { authorization: "" },
        call: get.base(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "an Authorization of 30 KB",
        headers: { authorization: `Bearer ${"a".repeat(30_000)}` },
        call: get.base(),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "a request id",
        headers: { "x-request-id": "abc-1" },
        call: get.base(),
        status: 401,
        answers: { "x-request-id": /^abc-1$/ },
      },
      {
        when: "a request id with control characters",
        headers: { "x-request-id": "a b{}" },
        call: get.base(),
        status: 401,
        answers: { "x-request-id": /^[0-9a-f-]{36}$/ },
      },
    ],
  );
});

describe("requests outside the contract", () => {
  testLines(
    () => world,
    [
      { when: "an unknown path", call: raw("GET /nothing"), status: 404, code: "UNSUPPORTED" },
      {
        when: "an unknown path below /v2/",
        call: raw("GET /v2/org/app/nothing"),
        status: 404,
        code: "UNSUPPORTED",
      },
      {
        when: "a known path with another method",
        call: raw("POST /healthz"),
        status: 405,
        code: "UNSUPPORTED",
        answers: { allow: "GET" },
      },
      {
        when: "health below /container_gateway",
        call: raw("GET /container_gateway/healthz"),
        status: 404,
        code: "UNSUPPORTED",
      },
    ],
  );
});

type Push = [
  id: "refusePost" | "refusePut" | "refusePatch" | "refuseDelete",
  path: string,
  query?: Record<string, string>,
  prefix?: "/container_gateway",
];

describe("image pushes are rejected", () => {
  const says = /"Pushing content is unsupported here; push to https:\/\/127\.0\.0\.1:\d+"/;
  const digest = `sha256:${"0".repeat(64)}`;
  testLines(
    () => world,
    (
      [
        ["refusePost", "org/app/blobs/uploads/"],
        ["refusePost", "org/app/blobs/uploads"],
        ["refusePost", "org/app/blobs/uploads/", { mount: digest, from: "org/other" }],
        ["refusePatch", "org/app/blobs/uploads/1234"],
        ["refusePut", "org/app/blobs/uploads/1234", { digest: "x" }],
        ["refuseDelete", "org/app/blobs/uploads/1234"],
        ["refusePut", "org/app/manifests/latest"],
        ["refuseDelete", `org/app/manifests/${digest}`],
        ["refuseDelete", "org/app/manifests/latest"],
        ["refuseDelete", `org/app/blobs/${digest}`],
        ["refuseDelete", "org/app/tags/latest"],
        ["refusePut", "org/app/manifests/latest", {}, "/container_gateway"],
        ["refusePost", "_catalog"],
      ] satisfies Push[]
    ).map(([id, path, query = {}, prefix]: Push) => ({
      when: `${prefix ?? ""} ${id} of ${path} ${new URLSearchParams(query)}`,
      as: prefix === undefined ? {} : { prefix },
      call: operation(id, { path: { path }, query }),
      status: 405,
      code: "UNSUPPORTED",
      says,
      answers: { allow: "GET, HEAD" },
    })),
  );
});

describe("a Foreman Smart Proxy", () => {
  const foreman = { via: "https", certificate: "foreman" } as const;
  const features = {
    container_gateway: {
      http_enabled: false,
      https_enabled: true,
      settings: {},
      state: "running",
      capabilities: [],
    },
  };
  testLines(
    () => world,
    [
      {
        when: "the states of features, to Foreman",
        as: foreman,
        call: get.features(),
        status: 200,
        json: features,
      },
      {
        when: "the names of features, to anyone",
        call: operation("getFeatureNames"),
        status: 200,
        json: ["container_gateway"],
      },
      {
        when: "the names of features below the prefix, to anyone",
        call: raw("GET /container_gateway/features/"),
        status: 200,
        json: ["container_gateway"],
      },
      {
        when: "the version, to anyone",
        call: operation("getVersion"),
        status: 200,
        json: { version: "3.16.0" },
      },
    ],
  );
});

describe("administration requires a trusted certificate", () => {
  for (const [what, call, at] of [
    ["the users", get.users(), {}],
    ["the users below the prefix", get.users(), { prefix: "/container_gateway" }],
    ["a list of repositories", operation("putRepositories"), {}],
    ["a mapping of hosts", operation("putHostGrants"), {}],
    ["the features", get.features(), {}],
  ] as const) {
    testLines(
      () => world,
      [
        { when: `${what}, plain http`, as: at, call, status: 403, code: "DENIED", says: /plain http/ },
        {
          when: `${what}, https without a certificate`,
          as: { ...at, via: "https" },
          call,
          status: 403,
          code: "DENIED",
          says: /ssl_ca_file/,
        },
        {
          when: `${what}, another certificate of the CA`,
          as: { ...at, via: "https", certificate: "stranger" },
          call,
          status: 403,
          code: "DENIED",
          says: /trusted_hosts/,
        },
        {
          when: `${what}, a user's token`,
          as: () => ({ ...at, via: "https", token }),
          call,
          status: 403,
          code: "DENIED",
        },
      ],
    );
  }
  testLines(
    () => world,
    [
      {
        when: "Foreman",
        as: { via: "https", certificate: "foreman" },
        call: get.users(),
        status: 200,
        json: { users: ["alice"] },
      },
      {
        when: "a unix socket",
        as: { via: "unix" },
        call: get.users(),
        status: 200,
        json: { users: ["alice"] },
      },
    ],
  );
});

describe("consecutive slashes count as one", () => {
  testLines(
    () => world,
    [
      {
        when: "before /v2/, as a pull-through cache sends it",
        call: raw("GET //v2/"),
        status: 401,
        challenge: "",
      },
      { when: "after /v2/", call: raw("GET /v2//"), status: 401, challenge: "" },
      { when: "before the prefix", call: raw("GET ///container_gateway//v2/"), status: 401, challenge: "" },
      {
        when: "within a name and before a reference",
        call: raw("GET //v2//org///public-app//manifests//1.0"),
        status: 200,
      },
      {
        when: "before the login, with the query unchanged",
        call: raw("GET //v2//token?service=a//b&scope=repository:org//private-app:pull"),
        status: 200,
        json: { token: "unauthenticated" },
      },
      {
        when: "in a target in absolute form",
        call: raw("GET http://localhost//v2//org/public-app/manifests/1.0"),
        status: 200,
      },
      {
        when: "in the name of a private repository, and the challenge has one slash",
        call: raw("GET //v2//org//private-app/manifests/1.0"),
        status: 401,
        challenge: 'scope="repository:org/private-app:pull"',
      },
      {
        when: "before administration, which still requires a certificate",
        call: raw("GET //users"),
        status: 403,
        code: "DENIED",
      },
      {
        when: "with the prefix, below which signatures are not announced",
        as: alice,
        call: raw("GET //container_gateway//v2/"),
        status: 200,
        answers: { "x-registry-supports-signatures": undefined },
      },
      {
        when: "but not if encoded",
        call: raw("GET /v2/org%2F%2Fpublic-app/manifests/1.0"),
        status: 400,
      },
      { when: "without resolving ..", call: raw("GET //v2/..//users"), status: 404, code: "UNSUPPORTED" },
      {
        when: "without resolving .. in a name",
        call: raw("GET //v2/org/private-app/..//public-app/manifests/1.0"),
        status: 400,
        code: "NAME_INVALID",
      },
    ],
  );
});

test("ignores a path in the query of a target in absolute form", async () => {
  const text = "GET http://localhost?/v2/_catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const reply = firstReply((await sendBytes(world.http, Buffer.from(text))).text, false);
  expect([reply?.status, reply?.headers.location]).toEqual([302, "docs/"]);
});
