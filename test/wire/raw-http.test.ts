import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { pino } from "pino";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { anyText } from "../support/any-text.ts";
import { rawClient, tokenOf } from "../support/client.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { firstReply, sendBytes } from "../support/raw-http.ts";
import { checkReply } from "../support/reply-check.ts";

/** For more runs: `FUZZ_RUNS=20000 npm run test:wire -- raw-http`. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const LONGEST = RUNS * 200 + 20_000;
const said: string[] = [];
let world: TestGateway;
let token = "";
beforeAll(async () => {
  const log = pino({ level: "error" }, { write: (line: string) => void said.push(line) });
  world = await startTestGateway({ log, settings: { trusted_proxies: ["127.0.0.1"] } });
  token = await tokenOf(world, "alice:secret");
});
afterAll(async () => {
  await world.stop();
});

const TRACES = /\n\s+at |node:internal|node_modules|\.ts:\d+|Error: /;
/** Statuses of requests that could not be parsed. */
const UNREADABLE = new Set([400, 408, 431]);

/** The path of a target as the gateway reads it, without the origin of the absolute form. */
const pathIn = (target: string): string => {
  const plain = target.startsWith("/") ? target : target.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  return plain.split("?", 1)[0] ?? "";
};
/** Express serves the pages, outside the contract. An absolute form without a path is the first page. */
const isPage = (target: string): boolean => /^(?:\/docs(?:\/|$)|\/?$)/i.test(pathIn(target));

interface Sent {
  readonly method: string;
  readonly target: string;
}

/** Expects an HTTP reply of the contract, or a closed connection, without internals. */
async function expectSound(bytes: Uint8Array, sent?: Sent): Promise<void> {
  const { text, ended } = await sendBytes(world.http, bytes);
  expect(ended).toBe(true);
  expect(text).not.toMatch(TRACES);
  const method = sent?.method ?? Buffer.from(bytes.subarray(0, 5)).toString("latin1").split(" ")[0];
  const reply = firstReply(text, method === "HEAD");
  if (reply === undefined) return;
  expect([500, 501, 505]).not.toContain(reply.status);
  if (sent === undefined || UNREADABLE.has(reply.status) || isPage(sent.target)) return;
  checkReply(sent.method, pathIn(sent.target), reply);
}

const digest = `sha256:${"a".repeat(64)}`;
const target = fc.oneof(
  fc.constantFrom(
    "/v2/",
    "/v2",
    "/v2/token?scope=repository:org/private-app:pull",
    "/v2/_catalog?n=0",
    "/v2/org/public-app/manifests/1.0",
    "/v2/org/private-app/manifests/1.0",
    `/v2/org/private-app/blobs/${digest}`,
    "/v2/org/public-app/tags/list?n=-1&last=%00",
    `/v2/org/public-app/referrers/${digest}?artifactType=%ff`,
    "/v2/..%2f..%2fadmin/manifests/%2e%2e",
    "/v2/%c0%ae%c0%ae/tags/list",
    "/v2/org/app/blobs/uploads/",
    "/v1/search?q=%",
    "/index/static?tag=%e0%80%af",
    "/extensions/v2/org/public-app/signatures/x",
    "/container_gateway/users",
    "/repository_list/",
    "/update_hosts",
    "/healthz",
    "/openapi.yaml",
    "//",
    "/v2//",
    "//container_gateway///v2/org//public-app/manifests/1.0",
    "http://evil.example.org?x=/v2/",
    "/docs/../../etc/passwd",
    "*",
    "http://evil.example.org/v2/",
    "localhost:443",
  ),
  fc
    .array(
      fc.constantFrom(
        "/",
        "v2",
        "org",
        "%2f",
        "..",
        ".",
        "manifests",
        "blobs",
        "%00",
        "a",
        "?",
        "&",
        "=",
        "%",
        ";",
        "tags/list",
        ":",
        "@",
      ),
      { maxLength: 14 },
    )
    .map((parts) => `/${parts.join("")}`),
  anyText(40),
);
/** Yields mostly valid parts, because requests with several invalid ones are rejected early. */
const mostly = <T>(right: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: right }, { weight: 1, arbitrary: odd });
const method = mostly(
  fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
  fc.constantFrom("TRACE", "CONNECT", "PROPFIND", "get", "G\u0000T"),
);
const version = mostly(
  fc.constant("HTTP/1.1"),
  fc.constantFrom("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 "),
);
const host = mostly(
  fc.constantFrom<string[]>(["Host: localhost"], ["Host: evil.example.org:99999"]),
  fc.constantFrom<string[]>([], ["Host: a", "Host: b"], ["Host: a b"]),
);
const header = mostly(
  fc.constantFrom<[string, string]>(
    ["Authorization", "Bearer nonsense"],
    ["Authorization", "Basic %%%"],
    ["Authorization", `Basic ${Buffer.from("alice:wrong").toString("base64")}`],
    ["Content-Encoding", "gzip"],
    ["Content-Type", "application/x-www-form-urlencoded"],
    ["Content-Type", "application/json"],
    ["Expect", "100-continue"],
    ["Expect", "a miracle"],
    ["Connection", "Upgrade, HTTP2-Settings"],
    ["Upgrade", "h2c"],
    ["Upgrade", "websocket"],
    ["Range", "bytes=9999999999-"],
    ["If-None-Match", "*"],
    ["Accept", "*/*;q=x"],
    ["X-Request-Id", "a\u00ff"],
    ["X-Forwarded-For", "::ffff:999.1.1.1, [::1]:99"],
    ["X-Forwarded-Host", "a,b"],
    ["Forwarded", 'for="[::1";host=;proto=gopher'],
    ["X_RHSM_SSL_CLIENT_CERT", "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----"],
    ["__proto__", "x"],
    ["constructor", "x"],
  ),
  fc.tuple(anyText(40), anyText(40)),
  30,
);
/** The framing of the body: the right one, or another. */
const framing = mostly(
  fc.constant<string[] | undefined>(undefined),
  fc.constantFrom<string[] | undefined>(
    [],
    ["Content-Length: 5"],
    ["Content-Length: -1"],
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 99999999999999999999"],
    ["Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    ["Transfer-Encoding: chunked, identity"],
    ["Transfer-Encoding: xchunked"],
  ),
  6,
);
const body = fc.oneof(
  fc.constantFrom(
    "",
    "5\r\nhello\r\n0\r\n\r\n",
    "fffffffff\r\n",
    "0\r\n\r\nGET /users HTTP/1.1\r\n\r\n",
    "grant_type=password&username=a",
    '{"hosts":[',
    "hosts[][uuid]=%",
  ),
  anyText(40),
);

describe("a request", () => {
  test(
    "of any form gets a reply of the contract, or its connection is closed",
    async () => {
      const headers = fc.array(header, { maxLength: 5 });
      const asked = fc.record({ method, target, version, host, headers, framing, body });
      await fc.assert(
        fc.asyncProperty(asked, async (one) => {
          const told = one.framing ?? (one.body === "" ? [] : [`Content-Length: ${one.body.length}`]);
          const lines = [...one.host, ...one.headers.map(([name, value]) => `${name}: ${value}`), ...told];
          const text = [`${one.method} ${one.target} ${one.version}`, ...lines, "", one.body].join("\r\n");
          // A target or method that breaks the request line makes it another request.
          const whole = /^[\x21-\x7e]+$/.test(one.target) && /^[A-Z]+$/.test(one.method);
          await expectSound(Buffer.from(text, "latin1"), whole ? one : undefined);
        }),
        { numRuns: RUNS },
      );
    },
    LONGEST,
  );

  test(
    "with bytes changed, removed or repeated gets a reply of the contract, or is closed",
    async () => {
      const good = () =>
        Buffer.from(
          `GET /v2/org/private-app/manifests/1.0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nAccept: */*\r\nContent-Length: 5\r\n\r\nhello`,
        );
      const change = fc.record({ at: fc.nat(400), take: fc.nat(2), put: fc.uint8Array({ maxLength: 2 }) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 4 }),
          fc.nat(3),
          async (changes, times) => {
            const bytes = changes.reduce<Buffer>((before, { at, take, put }) => {
              const place = at % (before.length + 1);
              return Buffer.concat([before.subarray(0, place), put, before.subarray(place + take)]);
            }, good());
            await expectSound(Buffer.concat(Array.from({ length: times + 1 }, () => bytes)));
          },
        ),
        { numRuns: RUNS },
      );
    },
    LONGEST,
  );

  test.each([
    ["a target that is not a URL", "GET http://[x/v2/features HTTP/1.1\r\nHost: localhost\r\n", 403],
    ["a target that is not a path", "GET localhost:443 HTTP/1.1\r\nHost: localhost\r\n", 400],
    ["a target that is an asterisk", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n", 404],
    ["no Host", "GET /v2/ HTTP/1.1\r\n", 400],
    ["no Host for a page", "GET /docs/ HTTP/1.1\r\n", 400],
    ["two Hosts", "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nhost: evil.example.org\r\n", 400],
    ["two equal Hosts", "GET /docs/ HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400],
    ["two Hosts in HTTP/1.0", "GET /v2/ HTTP/1.0\r\nHost: localhost\r\nHost: x\r\n", 400],
    ["HTTP/0.9", "GET /v2/ HTTP/0.9\r\n", 400],
    ["HTTP/0.9 for a page", "GET /docs/ HTTP/0.9\r\nHost: localhost\r\n", 400],
    ["HTTP/2.0 without HTTP/2", "GET /v2/ HTTP/2.0\r\nHost: localhost\r\n", 400],
  ])("with %s gets a reply of the API", async (_, head, status) => {
    const { text } = await sendBytes(world.http, Buffer.from(`${head}Connection: close\r\n\r\n`));
    const reply = firstReply(text, false);
    expect(reply?.status).toBe(status);
    expect(text).toMatch(/^x-request-id: /im);
    expect(JSON.parse(reply?.text ?? "").errors).toHaveLength(1);
  });

  test(
    "of random bytes gets a reply of the contract, or its connection is closed",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), (bytes) => expectSound(bytes)),
        { numRuns: RUNS },
      );
    },
    LONGEST,
  );

  test("is served as usual after all of these, without unexpected log lines", async () => {
    const answer = await rawClient(world, { token })({
      method: "GET",
      path: "/v2/org/private-app/manifests/1.0",
    });
    expect(answer.status).toBe(200);
    expect(said.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

describe("a certificate in the reverse proxy's header", () => {
  const genuine = () => pem("host.crt").trim();
  const der = (text: string) => Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
  const wrapped = (bytes: Buffer) =>
    `-----BEGIN CERTIFICATE----- ${bytes.toString("base64")} -----END CERTIFICATE-----`;
  const change = fc.record({ at: fc.nat(3000), take: fc.nat(40), put: fc.string({ maxLength: 20 }) });

  /** Header values: the genuine certificate with changed bytes or text, or any other value. */
  const header = fc.oneof(
    fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 7 })).map(([at, bit]) => {
      const bytes = der(genuine());
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      return wrapped(bytes);
    }),
    fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
      changes.reduce(
        (text, { at, take, put }) => {
          const place = at % (text.length + 1);
          return text.slice(0, place) + put + text.slice(place + take);
        },
        genuine().replaceAll("\n", " "),
      ),
    ),
    fc.nat(2000).map((length) => wrapped(der(genuine()).subarray(0, length))),
    fc.uint8Array({ maxLength: 600 }).map((bytes) => wrapped(Buffer.from(bytes))),
    fc
      .constantFrom("ca", "foreman", "stranger", "server", "gateway")
      .map((name) => pem(`${name}.crt`).replaceAll("\n", " ")),
    fc
      .constantFrom(...["\n", "%0A", "\t", "  "])
      .map((line) => genuine().replaceAll("\n", line).replaceAll("\n", " ")),
    fc.string({ maxLength: 200 }),
  );
  const sendable = (text: string): string => text.replace(/[^\x20-\x7e]/g, " ");

  test(
    "authenticates its host only if it is the genuine certificate",
    async () => {
      const send = rawClient(world);
      await fc.assert(
        fc.asyncProperty(header, async (made) => {
          const text = sendable(made);
          const { status } = await send({
            method: "GET",
            path: "/v2/org/private-app/manifests/1.0",
            headers: { X_RHSM_SSL_CLIENT_CERT: text },
          });
          const plain = /%[0-9a-f]{2}/i.test(text)
            ? text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
            : text;
          const same = der(plain).equals(der(genuine()));
          if (status !== 401) expect({ text, status, same }).toEqual({ text, status: 200, same: true });
        }),
        { numRuns: 2 * RUNS },
      );
      const headers = { X_RHSM_SSL_CLIENT_CERT: genuine().replaceAll("\n", " ") };
      expect((await send({ method: "GET", path: "/v2/org/private-app/manifests/1.0", headers })).status).toBe(
        200,
      );
      expect(await world.sql("SELECT uuid FROM hosts")).toEqual([{ uuid: DEMO_HOST }]);
    },
    LONGEST,
  );
});
