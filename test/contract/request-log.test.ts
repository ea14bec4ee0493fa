/** The log line of each request. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";

const said: string[] = [];
let world: TestGateway;

beforeAll(async () => {
  const log = pino({ level: "info" }, { write: (line: string) => void said.push(line) });
  world = await startTestGateway({ log });
});
afterAll(async () => {
  await world.stop();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";

/** Requests a manifest, and returns its log line. */
async function lineOf(headers: Record<string, string>): Promise<Record<string, unknown>> {
  said.length = 0;
  await caller(world)(get.manifest("org/public-app", "latest"), { accept: "*/*", ...headers });
  const completed = () => said.map((line) => JSON.parse(line)).find(({ msg }) => msg === "request completed");
  await eventually("it is logged", () => completed() !== undefined);
  return completed();
}

test("tells who asked from where with what, and how much was sent", async () => {
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
  const line = await lineOf({ "user-agent": `podman/${"9".repeat(200)}`, traceparent });
  expect(line).toMatchObject({
    operation: "getManifest",
    status: 200,
    caller: "anonymous",
    address: "127.0.0.1",
    user_agent: `podman/${"9".repeat(121)}`,
    trace_id: TRACE,
  });
  const [manifest] = world.pulp.requests.filter(({ url }) => url.includes("/manifests/"));
  expect(manifest?.headers.traceparent).toBe(traceparent);
  const size = Number(line.bytes);
  expect(size).toBeGreaterThan(500);
  // The next reply on the same connection counts its own bytes only.
  expect(Number((await lineOf({})).bytes)).toBeLessThan(2 * size);
});

test("tells whether a reply came from memory, and how long Pulp took", async () => {
  const accept = "application/vnd.oci.image.manifest.v1+json, x/own";
  const first = await lineOf({ accept });
  expect(first.cache).toBe("miss");
  expect(Number(first.upstream_ms)).toBeGreaterThan(0);
  expect(Number(first.upstream_ms)).toBeLessThanOrEqual(Number(first.ms));
  const second = await lineOf({ accept });
  expect(second.cache).toBe("hit");
  expect(second).not.toHaveProperty("upstream_ms");
});

test("Katello gets the traceparent of the login that it is asked about, and of no other", async () => {
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
  const authorization = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
  const logIn = (headers: Record<string, string>) =>
    caller(world)(get.token(), { authorization, ...headers });
  world.katello.clearRequests();
  await logIn({ traceparent });
  expect(world.katello.requests.map(({ headers }) => headers.traceparent)).toContain(traceparent);
  world.katello.clearRequests();
  await logIn({});
  expect(world.katello.requests.length).toBeGreaterThan(0);
  expect(world.katello.requests.map(({ headers }) => headers.traceparent)).not.toContain(traceparent);
});

test("leaves out a malformed traceparent, which Pulp does not get either", async () => {
  world.pulp.requests.length = 0;
  const line = await lineOf({ traceparent: "00-secret", accept: "application/vnd.oci.image.index.v1+json" });
  expect(line).not.toHaveProperty("trace_id");
  expect(world.pulp.requests.map(({ headers }) => headers.traceparent)).not.toContain("00-secret");
  expect(JSON.stringify(line)).not.toContain("00-secret");
});
