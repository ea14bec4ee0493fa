/** What an anonymous caller may not see and what doesn't exist can't be told apart: by status, text, or time. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent } from "undici";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const PRIVATE = "org/private-app";
/** Of the same length: what is longer takes longer. */
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

/** The median of three requests of each kind, which take turns in an order of chance. */
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
])("for %s", (_, pathOf) => {
  test("a private repository and one that doesn't exist answer alike, in the same time", async () => {
    const replies = [await ask(pathOf(PRIVATE)), await ask(pathOf(UNKNOWN))];
    const texts = replies.map(({ told }) => told.replaceAll(PRIVATE, "NAME").replaceAll(UNKNOWN, "NAME"));
    expect(texts[0]).toMatch(/^401 /);
    expect(texts[0]).toBe(texts[1]);
    let slower = 0;
    for (let turn = 0; turn < GROUPS; turn += 1) if (await group(pathOf)) slower += 1;
    // Who guesses by the medians of three is right in at most 60 of 100 cases.
    expect(Math.abs(slower / GROUPS - 0.5)).toBeLessThanOrEqual(0.1);
  });
});
