/** Manifests that have expired in the cache while Pulp is away. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { CachedContent } from "../../src/cache/pulp/content-cache.ts";
import type { ContentReply, ContentSource, ManifestRequest } from "../../src/model/content.ts";
import { registryError, unavailable } from "../../src/model/errors.ts";

const BODY = Buffer.from('{"schemaVersion":2}');
const DIGEST = `sha256:${createHash("sha256").update(BODY).digest("hex")}`;
const TTL_S = 600;

let asked = 0;
/** Error with which Pulp replies; undefined while it has the manifest. */
let problem: Error | undefined;
const pulp: ContentSource = {
  manifest: async ({ method }): Promise<ContentReply> => {
    asked += 1;
    if (problem !== undefined) throw problem;
    const headers = { "Content-Type": "application/json", "Docker-Content-Digest": DIGEST };
    return { kind: "content", status: 200, headers, body: method === "HEAD" ? Buffer.alloc(0) : BODY };
  },
  blob: async () => {
    throw registryError("BLOB_UNKNOWN");
  },
};
let cache: CachedContent;
const pull = (method: "GET" | "HEAD" = "GET", reference = DIGEST) =>
  cache.manifest({
    method,
    name: "org/app",
    reference,
    accept: { header: "*/*" },
    headers: {},
    cancellation: { onCancel: () => () => undefined, onJoin: () => () => undefined },
  } as unknown as ManifestRequest);

beforeEach(() => {
  jest.useFakeTimers();
  asked = 0;
  problem = undefined;
  cache = new CachedContent(pulp, { redirectTtlS: TTL_S, tagTtlS: 5, limitBytes: 1024 ** 2 });
});
afterEach(() => {
  jest.useRealTimers();
});

test("are sent while Pulp can't be asked, and Pulp is asked again every ten seconds", async () => {
  const first = await pull();
  jest.advanceTimersByTime((TTL_S + 1) * 1000);
  problem = unavailable("Pulp is unavailable", 5);
  expect(await pull()).toEqual(first);
  for (let time = 0; time < 100; time += 1) await pull();
  expect(asked).toBe(2);
  jest.advanceTimersByTime(10_001);
  await pull();
  expect(asked).toBe(3);
  problem = undefined;
  jest.advanceTimersByTime(10_001);
  await pull();
  jest.advanceTimersByTime((TTL_S - 1) * 1000);
  await pull();
  expect(asked).toBe(4);
});

test("have their headers for a HEAD, too", async () => {
  await pull();
  jest.advanceTimersByTime((TTL_S + 1) * 1000);
  problem = unavailable("Pulp is unavailable", 5);
  expect(await pull("HEAD")).toMatchObject({
    status: 200,
    headers: { "Docker-Content-Digest": DIGEST },
    body: { length: 0 },
  });
});

test("are sent for a day", async () => {
  await pull();
  problem = unavailable("Pulp is unavailable", 5);
  jest.advanceTimersByTime((TTL_S + 23 * 60 * 60) * 1000);
  await pull();
  jest.advanceTimersByTime(60 * 60 * 1000);
  await expect(pull()).rejects.toBe(problem);
});

test("are not sent if Pulp does not have them any more, nor by tag", async () => {
  await pull();
  await pull("GET", "latest");
  jest.advanceTimersByTime((TTL_S + 1) * 1000);
  problem = unavailable("Pulp is unavailable", 5);
  await expect(pull("GET", "latest")).rejects.toBe(problem);
  problem = registryError("MANIFEST_UNKNOWN");
  await expect(pull()).rejects.toBe(problem);
  problem = unavailable("Pulp is unavailable", 5);
  await expect(pull()).rejects.toThrow();
});

test("are not sent if nothing is to be cached", async () => {
  cache = new CachedContent(pulp, { redirectTtlS: 0, tagTtlS: 0, limitBytes: 1024 ** 2 });
  await pull();
  await pull("HEAD");
  problem = unavailable("Pulp is unavailable", 5);
  await expect(pull()).rejects.toBe(problem);
  await expect(pull("HEAD")).rejects.toBe(problem);
});
