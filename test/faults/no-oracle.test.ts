/** Anonymous callers can't tell a hidden repository from a missing one: by status, body or time. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent } from "undici";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const PRIVATE = "org/private-app";
/** Names of the same length, because longer requests take longer. */
const UNKNOWN = "org/nowhere-app";
const digest = `sha256:${"0".repeat(64)}`;
const GROUPS = 400;

let world: TestGateway;
let agent: Agent;
beforeAll(async () => {
  world = await startTestGateway();
  agent = new Agent({ connections: 1 });
  world.clients.add(agent);
});
afterAll(async () => {
  await world.stop();
});

async function ask(path: string): Promise<{ milliseconds: number; told: string }> {
  const started = performance.now();
  const reply = await agent.request({ origin: world.http, method: "GET", path });
  const text = await reply.body.text();
  return { milliseconds: performance.now() - started, told: `${reply.statusCode} ${text}` };
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[1] ?? 0;

/** The median of three requests of each kind, sent alternately in random order. */
async function group(pathOf: (name: string) => string): Promise<boolean> {
  const times: Record<string, number[]> = { [PRIVATE]: [], [UNKNOWN]: [] };
  for (let turn = 0; turn < 3; turn += 1)
    for (const name of Math.random() < 0.5 ? [PRIVATE, UNKNOWN] : [UNKNOWN, PRIVATE])
      times[name]?.push((await ask(pathOf(name))).milliseconds);
  return median(times[PRIVATE] ?? []) > median(times[UNKNOWN] ?? []);
}

describe.each([
  ["a manifest", (name: string) => `/v2/${name}/manifests/1.0`],
  ["the tags", (name: string) => `/v2/${name}/tags/list`],
  ["a blob", (name: string) => `/v2/${name}/blobs/${digest}`],
  ["the referrers", (name: string) => `/v2/${name}/referrers/${digest}`],
  ["the signatures", (name: string) => `/extensions/v2/${name}/signatures/${digest}`],
])("GET of %s", (_, pathOf) => {
  test("a private and a missing repository get the same reply in the same time", async () => {
    const replies = [await ask(pathOf(PRIVATE)), await ask(pathOf(UNKNOWN))];
    const texts = replies.map(({ told }) => told.replaceAll(PRIVATE, "NAME").replaceAll(UNKNOWN, "NAME"));
    expect(texts[0]).toMatch(/^401 /);
    expect(texts[0]).toBe(texts[1]);
    let slower = 0;
    for (let turn = 0; turn < GROUPS; turn += 1) if (await group(pathOf)) slower += 1;
    // A guess by the medians of three requests is right in at most 60 of 100 cases.
    expect(Math.abs(slower / GROUPS - 0.5)).toBeLessThanOrEqual(0.1);
  });
});
