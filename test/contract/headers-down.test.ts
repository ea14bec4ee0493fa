/** Other headers of Pulp and of its storage do not reach clients. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { caller } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get, head } from "../support/operations.ts";

const body = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] });
const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;

/** Headers that servers, frameworks and storages add. None may reach a client, and each value contains "noise". */
const NOISE: OutgoingHttpHeaders = {
  Server: "noise/1",
  "Set-Cookie": ["sessionid=noise; HttpOnly", "csrftoken=noise"],
  Vary: "Cookie, X-Noise",
  Allow: "GET, PUT, NOISE",
  Via: "1.1 noise",
  Connection: "Upgrade, Keep-Alive, X-Noise",
  Upgrade: "h2c, noise",
  "Keep-Alive": "timeout=7, noise",
  "Proxy-Authenticate": "Basic realm=noise",
  "Proxy-Connection": "noise",
  "WWW-Authenticate": 'Bearer realm="https://noise.example.org"',
  "X-Noise": "noise",
  "X-Request-Id": "noise",
  "Correlation-ID": "noise",
  "Docker-Distribution-Api-Version": "noise",
  "X-Registry-Supports-Signatures": "noise",
  "X-Amz-Request-Id": "noise",
  "X-Amz-Meta-Owner": "noise",
  "Access-Control-Allow-Origin": "https://noise.example.org",
  "Strict-Transport-Security": "max-age=1; noise",
  "Content-Disposition": "attachment;filename=noise",
  "Content-Security-Policy": "noise",
  "Cache-Control": "max-age=1, noise",
  Expires: "noise",
  Age: "noise",
  Refresh: "0; url=noise",
  "Alt-Svc": 'noise=":443"',
};

/** Headers that Node.js adds, and those of every reply of the registry. */
const REGISTRY = [
  "connection",
  "date",
  "docker-distribution-api-version",
  "x-registry-supports-signatures",
  "x-request-id",
];
const JSON_BODY = ["content-length", "content-type"];
const MANIFEST = [...JSON_BODY, "docker-content-digest", "etag"];
const REDIRECT = ["content-length", "docker-content-digest", "location"];
const BLOB = [...MANIFEST, "accept-ranges", "last-modified"];

const servers: Server[] = [];
/** @param answerTo status and headers of the reply to a path; a 4xx has an error for a body, a 2xx the content */
async function startNoisy(
  answerTo: (path: string, range: boolean, known: boolean) => [status: number, headers: OutgoingHttpHeaders],
): Promise<string> {
  const server = createServer(({ url = "", method, headers }, response) => {
    const [status, own] = answerTo(url, headers.range !== undefined, headers["if-none-match"] !== undefined);
    const error = JSON.stringify({ errors: [{ code: "UNKNOWN", message: "no", detail: {} }] });
    const text = status >= 400 ? error : status < 300 ? body : "";
    const sent = status === 304 ? {} : { "Content-Length": text.length };
    response.writeHead(status, { ...NOISE, ...sent, ...own }).end(method === "HEAD" ? "" : text);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

let redirecting: TestGateway;
let streaming: TestGateway;
beforeAll(async () => {
  const storage = await startNoisy((path, range, known) => {
    if (path.startsWith("/busy")) return [503, { "Retry-After": "7" }];
    const found = { "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", ETag: '"e"' };
    const dated = { ...found, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
    if (known) return [304, dated];
    return range ? [206, { ...dated, "Content-Range": `bytes 0-9/${body.length}` }] : [200, dated];
  });
  const pulp = await startNoisy((path) => {
    const json = { "Content-Type": "application/json" };
    if (path.includes("/manifests/busy")) return [429, { ...json, "Retry-After": "7" }];
    if (path.includes("/manifests/none")) return [404, json];
    if (path.includes("/blobs/"))
      return [302, { Location: `${storage}${path.includes("other") ? "/busy" : "/blob"}?X-Amz-Signature=x` }];
    const manifest = "application/vnd.oci.image.manifest.v1+json";
    return [200, { "Content-Type": manifest, "Docker-Content-Digest": digest }];
  });
  const settings = { pulp_endpoint: pulp, client_endpoint: "http://127.0.0.1" };
  const listed = [...DEMO_REPOSITORIES, { repository: "org/other", auth_required: false }];
  redirecting = await startTestGateway({ settings, listed });
  streaming = await startTestGateway({ settings: { ...settings, content_delivery: "stream" }, listed });
});
afterAll(async () => {
  await redirecting.stop();
  await streaming.stop();
  for (const server of servers) server.close().closeAllConnections();
});

const app = "org/public-app";
const known = { "if-none-match": '"e"' };

type By = Pick<typeof get, "manifest" | "blob">;

describe("of the headers of Pulp and its storage", () => {
  test.each<
    [
      what: string,
      world: () => TestGateway,
      call: (by: By) => Call,
      headers: Record<string, string>,
      status: number,
      names: string[],
    ]
  >([
    ["a manifest", () => redirecting, (by) => by.manifest(app, "1.0"), {}, 200, MANIFEST],
    ["a missing manifest", () => redirecting, (by) => by.manifest(app, "none"), {}, 404, JSON_BODY],
    [
      "a manifest while Pulp is rate limiting",
      () => redirecting,
      (by) => by.manifest(app, "busy"),
      {},
      429,
      [...JSON_BODY, "retry-after"],
    ],
    ["a redirect", () => redirecting, (by) => by.blob(app, digest), {}, 302, REDIRECT],
    ["a blob", () => streaming, (by) => by.blob(app, digest), {}, 200, BLOB],
    [
      "a range of a blob",
      () => streaming,
      (by) => by.blob(app, digest),
      { range: "bytes=0-9" },
      206,
      [...BLOB, "content-range"],
    ],
    ["an unchanged blob", () => streaming, (by) => by.blob(app, digest), known, 304, ["etag"]],
    [
      "a blob while the storage is unavailable",
      () => streaming,
      (by) => by.blob("org/other", digest),
      {},
      503,
      [...JSON_BODY, "retry-after"],
    ],
  ])("%s has only those of the contract", async (_, world, call, headers, status, names) => {
    for (const [method, by] of [
      ["GET", get],
      ["HEAD", head],
    ] as const) {
      const reply = await caller(world())(call(by), headers);
      // Ranges apply to GET only.
      const isWhole = method === "HEAD" && status === 206;
      expect([method, reply.status]).toEqual([method, isWhole ? 200 : status]);
      const own = isWhole ? BLOB : names;
      const expected = [...REGISTRY, ...own, "keep-alive"].toSorted();
      expect([method, ...Object.keys(reply.headers).toSorted()]).toEqual([method, ...expected]);
      expect(JSON.stringify(reply.headers)).not.toMatch(/noise/i);
    }
  });
});
