import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { callAt } from "../support/calls.ts";
import { caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Line, raw, testLines } from "../support/lines.ts";
import { get, head } from "../support/operations.ts";

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
const hex = (digits: number): string => "0".repeat(digits);

/** The same reply for an anonymous caller and a user: a malformed name reveals nothing about existing ones. */
const invalid = (code: string, ...paths: string[]): Line[] =>
  paths.flatMap((path) => [
    { when: "an anonymous caller", call: raw(`GET ${path}`), status: 400, code },
    { when: "a user", as: alice, call: raw(`GET ${path}`), status: 400, code },
  ]);

describe("names", () => {
  testLines(
    () => world,
    [
      ...invalid(
        "NAME_INVALID",
        "/v2/../etc/manifests/latest",
        "/v2/org/../private-app/manifests/latest",
        "/v2/..%2forg/manifests/latest",
        "/v2/%2e%2e/manifests/latest",
        "/v2/org%00/manifests/latest",
        "/v2/org%252fapp/manifests/latest",
        "/v2/org%2f%2fapp/manifests/latest",
        "/v2/org%/manifests/latest",
        "/v2/org%zz/manifests/latest",
        "/v2/%ff/manifests/latest",
        "/v2/-org/manifests/latest",
        "/v2/org_/tags/list",
        "/v2/a%20b/tags/list",
        "/v2/org;x/tags/list",
        `/v2/${"a".repeat(256)}/tags/list`,
        `/v2/..%2f/blobs/sha256:${hex(64)}`,
      ),
      {
        when: "a name of 255 characters is valid",
        as: alice,
        call: get.tags("a".repeat(255)),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "a name with capital letters is valid",
        as: alice,
        call: get.tags("Org/App"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "a name that resembles an operation",
        as: alice,
        call: get.manifest("manifests", "latest"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "a name that ends like an operation",
        as: alice,
        call: get.tags("a/tags/list"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
    ],
  );
});

describe("digests and tags", () => {
  const name = "org/public-app";
  const app = `/v2/${name}`;
  testLines(
    () => world,
    [
      ...invalid(
        "DIGEST_INVALID",
        `${app}/manifests/sha256:${hex(63)}`,
        `${app}/manifests/sha256:${hex(65)}`,
        `${app}/manifests/sha256:${"g".repeat(64)}`,
        `${app}/manifests/sha256:${"A".repeat(64)}`,
        `${app}/manifests/sha512:`,
        `${app}/manifests/blake3:`,
        `${app}/manifests/Blake3:${hex(64)}`,
        `${app}/manifests/blake3:${hex(32)}.`,
        `${app}/manifests/blake3:${hex(32)}:x`,
        `${app}/manifests/sha512+b64u:..%2f..`,
        `${app}/manifests/x:${"a".repeat(254)}`,
        `${app}/blobs/sha256:${hex(63)}`,
        `${app}/blobs/latest`,
        `${app}/blobs/sha256:..%2f..`,
      ),
      ...invalid(
        "TAG_INVALID",
        `${app}/manifests/-x`,
        `${app}/manifests/.x`,
        `${app}/manifests/${"a".repeat(129)}`,
        `${app}/manifests/a%40b`,
        `${app}/manifests/..`,
        `${app}/manifests/a%00`,
      ),
      {
        when: "a malformed percent encoding in a tag",
        call: raw(`GET ${app}/manifests/%`),
        status: 400,
        code: "NAME_INVALID",
      },
      {
        when: "a tag of 128 characters is valid",
        call: get.manifest(name, "a".repeat(128)),
        status: 404,
        code: "MANIFEST_UNKNOWN",
      },
      {
        when: "a SHA-512 digest is valid",
        call: get.manifest(name, `sha512:${hex(128)}`),
        status: 404,
        code: "MANIFEST_UNKNOWN",
      },
      ...["blake3", "md5", "sha512+b64u", "multihash+base58", "sha384"].flatMap((algorithm): Line[] => [
        {
          when: `a manifest by ${algorithm}`,
          call: get.manifest(name, `${algorithm}:${hex(64)}`),
          status: 404,
          code: "MANIFEST_UNKNOWN",
        },
        {
          when: `a blob by ${algorithm}`,
          call: raw(`GET ${app}/blobs/${algorithm}:Aa0=_-`),
          status: 404,
          code: "BLOB_UNKNOWN",
        },
        {
          when: `HEAD of a blob by ${algorithm}`,
          call: head.blob(name, `${algorithm}:${hex(64)}`),
          status: 404,
        },
        {
          when: `referrers by ${algorithm}`,
          call: get.referrers(name, `${algorithm}:${hex(64)}`),
          status: 200,
          json: { manifests: [] },
        },
        {
          when: `signatures by ${algorithm}`,
          call: get.signatures(name, `${algorithm}:${hex(64)}`),
          status: 404,
          code: "MANIFEST_UNKNOWN",
        },
        {
          when: `an anonymous request for a private blob by ${algorithm}`,
          call: get.blob("org/private-app", `${algorithm}:${hex(64)}`),
          status: 401,
        },
      ]),
      {
        when: "a percent-encoded digest",
        call: raw(`GET ${app}/blobs/sha256%3A${hex(64)}`),
        status: 404,
        code: "BLOB_UNKNOWN",
      },
    ],
  );
});

test("sends no malformed request to Pulp", () => {
  for (const { url } of world.pulp.requests)
    expect(url).toMatch(/^\/pulpcore_registry\/v2\/[A-Za-z0-9/_.-]+(?:\/sha(?:256|512):[0-9a-f]+)?$/);
});

describe("credentials", () => {
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");
  const wrong = (when: string, authorization: string | string[]): Line => ({
    when,
    call: raw("GET /v2/org/public-app/manifests/1.0", undefined, { authorization }),
    status: 401,
    code: "UNAUTHORIZED",
    challenge: 'scope="repository:org/public-app:pull",error="invalid_token"',
  });
  const refused = (when: string, authorization: string): Line => ({
    when,
    headers: { authorization },
    call: get.token(),
    status: 401,
    code: "UNAUTHORIZED",
    challenge: 'error="invalid_token"',
  });
  testLines(
    () => world,
    [
      wrong("two Authorization headers", ["Bearer unauthenticated", "Bearer x"]),
      wrong("the same twice", ["Bearer unauthenticated", "Bearer unauthenticated"]),
      wrong("60 kB", `Bearer ${"x".repeat(60_000)}`),
      wrong("no scheme", "x"),
      wrong("an unknown scheme", "Digest x"),
      wrong("a token with a blank", "Bearer a b"),
      wrong("a token of another site", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJlbHNld2hlcmUifQ.c2ln"),
      wrong("an empty token", "Bearer "),
      wrong("anything but ASCII", "Bearer t\u00f6ken"),
      refused("Basic without a colon", `Basic ${base64("alice")}`),
      refused("Basic with a NUL", `Basic ${base64("al\0ice:x")}`),
      refused("Basic that is no base64", "Basic %%%"),
      refused("Basic that is no UTF-8", `Basic ${base64(Buffer.from([0x61, 0xff, 0x3a, 0x62]))}`),
      {
        when: "a scope for a malformed name",
        as: { basic: "alice:secret" },
        call: get.token({ scope: ["repository:../..:pull", "\u0000", "x"] }),
        status: 200,
      },
    ],
  );

  test("accepts non-ASCII logins and passwords with colons", async () => {
    world.katello.setUser("J\u00fcrgen", { password: "a:b:\u00e9", repositories: [] });
    expect(await tokenOf(world, "J\u00fcrgen:a:b:\u00e9")).toMatch(/./);
  });

  test("answers 431 to an Authorization header of 64 kB", async () => {
    // Node.js replies, and not as the contract has it.
    const { response } = await callAt(world.http, (gateway) => gateway.getBase(), {
      token: "x".repeat(65_536),
    });
    expect(response.status).toBe(431);
  });
});

describe("the Host header", () => {
  const challengeFor = async (host: string) =>
    (await caller(world)(get.base(), { host })).headers["www-authenticate"];

  test.each([
    ["evil.example.org", "localhost"],
    ["evil.example.org:80", "localhost"],
    ['x",realm="https://evil.example.org', "localhost"],
  ])("%s is ignored", async (host, instead) => {
    const { port } = new URL(world.http);
    expect(await challengeFor(host)).toBe(
      `Bearer realm="http://${instead}:${port}/v2/token",service="${instead}:${port}"`,
    );
  });

  test("is used if it is the gateway's own", async () => {
    const { port } = new URL(world.http);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, "localhost:8080"]) {
      expect(await challengeFor(host)).toMatch(`realm="http://${host}/v2/token"`);
    }
  });
});

describe("X-Forwarded headers", () => {
  const forwarded = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "proxy.example.org",
    "x-forwarded-port": "8443",
  };
  test("are used from trusted proxies only", async () => {
    const proxied = await startTestGateway({ settings: { trusted_proxies: ["127.0.0.0/8"] } });
    try {
      for (const [gateway, realm] of [
        [world, new RegExp(`realm="http://127.0.0.1:${new URL(world.http).port}/`)],
        [proxied, /realm="https:\/\/proxy\.example\.org:8443\/v2\/token"/],
      ] as const) {
        const answer = await caller(gateway)(get.base(), forwarded);
        expect(answer.headers["www-authenticate"]).toMatch(realm);
      }
      const lies = await caller(proxied)(get.base(), { ...forwarded, "x-forwarded-host": 'a" b' });
      expect(lies.headers["www-authenticate"]).toMatch(/realm="http:\/\/127\.0\.0\.1:/);
    } finally {
      await proxied.stop();
    }
  });

  test("are ignored if public_url is set", async () => {
    const named = await startTestGateway({ settings: { public_url: "https://registry.example.org/" } });
    try {
      const answer = await caller(named)(get.base(), forwarded);
      expect(answer.headers["www-authenticate"]).toBe(
        'Bearer realm="https://registry.example.org/v2/token",service="registry.example.org"',
      );
    } finally {
      await named.stop();
    }
  });
});
