import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";
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
      { when: "no credentials", request: "GET /v2/", status: 401, code: "UNAUTHORIZED", challenge: "" },
      { when: "without the slash", request: "GET /v2", status: 401, code: "UNAUTHORIZED", challenge: "" },
      { when: "below /container_gateway", request: "GET /container_gateway/v2/", status: 401, challenge: "" },
      {
        when: "a valid token",
        as: alice,
        request: "GET /v2/",
        status: 200,
        json: {},
        answers: { "docker-distribution-api-version": "registry/2.0" },
      },
      {
        when: "a valid token, HEAD",
        as: alice,
        request: "HEAD /v2/",
        status: 200,
        answers: { "content-length": "2" },
      },
      {
        when: "a valid token, below /container_gateway",
        as: alice,
        request: "GET /container_gateway/v2/",
        status: 200,
      },
      {
        when: "the anonymous token",
        as: { token: "unauthenticated" },
        request: "GET /v2/",
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown token",
        as: { token: "nonsense" },
        request: "GET /v2/",
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "a password in place of a token",
        as: { basic: "alice:secret" },
        request: "GET /v2/",
        status: 200,
      },
      {
        when: "a wrong password",
        as: { basic: "alice:wrong" },
        request: "GET /v2/",
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown scheme",
        headers: { authorization: "Digest x" },
        request: "GET /v2/",
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "an empty Authorization",
        headers: { authorization: "" },
        request: "GET /v2/",
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "an Authorization of 30 KB",
        headers: { authorization: `Bearer ${"a".repeat(30_000)}` },
        request: "GET /v2/",
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "a request id",
        headers: { "x-request-id": "abc-1" },
        request: "GET /v2/",
        status: 401,
        answers: { "x-request-id": /^abc-1$/ },
      },
      {
        when: "a request id with control characters",
        headers: { "x-request-id": "a b{}" },
        request: "GET /v2/",
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
      { when: "an unknown path", request: "GET /nothing", status: 404, code: "UNSUPPORTED" },
      {
        when: "an unknown path below /v2/",
        request: "GET /v2/org/app/nothing",
        status: 404,
        code: "UNSUPPORTED",
      },
      {
        when: "a known path with another method",
        request: "POST /healthz",
        status: 405,
        code: "UNSUPPORTED",
        answers: { allow: "GET" },
      },
      {
        when: "health below /container_gateway",
        request: "GET /container_gateway/healthz",
        status: 404,
        code: "UNSUPPORTED",
      },
    ],
  );
});

describe("image pushes are rejected", () => {
  const says = /"Pushing content is unsupported here; push to https:\/\/127\.0\.0\.1:\d+"/;
  const digest = `sha256:${"0".repeat(64)}`;
  testLines(
    () => world,
    [
      "POST /v2/org/app/blobs/uploads/",
      "POST /v2/org/app/blobs/uploads",
      `POST /v2/org/app/blobs/uploads/?mount=${digest}&from=org/other`,
      "PATCH /v2/org/app/blobs/uploads/1234",
      "PUT /v2/org/app/blobs/uploads/1234?digest=x",
      "DELETE /v2/org/app/blobs/uploads/1234",
      "PUT /v2/org/app/manifests/latest",
      `DELETE /v2/org/app/manifests/${digest}`,
      "DELETE /v2/org/app/manifests/latest",
      `DELETE /v2/org/app/blobs/${digest}`,
      "DELETE /v2/org/app/tags/latest",
      "PUT /container_gateway/v2/org/app/manifests/latest",
      "POST /v2/_catalog",
    ].map((request) => ({
      when: "anyone",
      request,
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
      { when: "Foreman", as: foreman, request: "GET /v2/features", status: 200, json: features },
      { when: "anyone", request: "GET /features", status: 200, json: ["container_gateway"] },
      {
        when: "anyone",
        request: "GET /container_gateway/features/",
        status: 200,
        json: ["container_gateway"],
      },
      { when: "anyone", request: "GET /version", status: 200, json: { version: "3.16.0" } },
    ],
  );
});

describe("administration requires a trusted certificate", () => {
  for (const request of [
    "GET /users",
    "GET /container_gateway/users",
    "PUT /repository_list/",
    "PUT /host_repository_mapping/",
    "GET /v2/features",
  ]) {
    testLines(
      () => world,
      [
        { when: "plain http", request, status: 403, code: "DENIED", says: /plain http/ },
        {
          when: "https without a certificate",
          as: { via: "https" },
          request,
          status: 403,
          code: "DENIED",
          says: /ssl_ca_file/,
        },
        {
          when: "another certificate of the CA",
          as: { via: "https", certificate: "stranger" },
          request,
          status: 403,
          code: "DENIED",
          says: /trusted_hosts/,
        },
        { when: "a user's token", as: () => ({ via: "https", token }), request, status: 403, code: "DENIED" },
      ],
    );
  }
  testLines(
    () => world,
    [
      {
        when: "Foreman",
        as: { via: "https", certificate: "foreman" },
        request: "GET /users",
        status: 200,
        json: { users: ["alice"] },
      },
      {
        when: "a unix socket",
        as: { via: "unix" },
        request: "GET /users",
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
        request: "GET //v2/",
        status: 401,
        challenge: "",
      },
      { when: "after /v2/", request: "GET /v2//", status: 401, challenge: "" },
      { when: "before the prefix", request: "GET ///container_gateway//v2/", status: 401, challenge: "" },
      {
        when: "within a name and before a reference",
        request: "GET //v2//org///public-app//manifests//1.0",
        status: 200,
      },
      {
        when: "before the login, with the query unchanged",
        request: "GET //v2//token?service=a//b&scope=repository:org//private-app:pull",
        status: 200,
        json: { token: "unauthenticated" },
      },
      {
        when: "in a target in absolute form",
        request: "GET http://localhost//v2//org/public-app/manifests/1.0",
        status: 200,
      },
      {
        when: "in the name of a private repository, and the challenge has one slash",
        request: "GET //v2//org//private-app/manifests/1.0",
        status: 401,
        challenge: 'scope="repository:org/private-app:pull"',
      },
      {
        when: "before administration, which still requires a certificate",
        request: "GET //users",
        status: 403,
        code: "DENIED",
      },
      {
        when: "with the prefix, below which signatures are not announced",
        as: alice,
        request: "GET //container_gateway//v2/",
        status: 200,
        answers: { "x-registry-supports-signatures": undefined },
      },
      {
        when: "but not if encoded",
        request: "GET /v2/org%2F%2Fpublic-app/manifests/1.0",
        status: 400,
      },
      { when: "without resolving ..", request: "GET //v2/..//users", status: 404, code: "UNSUPPORTED" },
      {
        when: "without resolving .. in a name",
        request: "GET //v2/org/private-app/..//public-app/manifests/1.0",
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
