import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { attack, type Conversation, PEERS } from "./peers.ts";
import { type Site, startSite } from "./site.ts";
import { addRow } from "./table.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
  // The first requests of a process are the slowest.
  const load = site.load(["known"], { clients: 4, rest: 0 });
  await sleep(3_000);
  await load.stop();
}, 60_000);
afterAll(() => site.stop());

/** Number of rounds, of which the best counts: the machine has other load, too. */
const ROUNDS = 20;
const SECONDS = 1;
/** Milliseconds below which differences are ignored, because the clock of this process is too coarse. */
const FLOOR = 5;

/** 99th percentile of other clients' latencies while `work` runs. */
async function p99While(work: () => Promise<unknown>): Promise<number> {
  const load = site.load(["known"], { clients: 4, rest: 2 });
  const least = sleep(SECONDS * 1000);
  await work();
  await least;
  const seen = await load.stop();
  expect(seen.answers).toEqual({ 200: expect.any(Number) });
  return seen.p99;
}

describe("a bad peer that sends", () => {
  test.each(PEERS)("$name gets a reply or is disconnected, without delays for others", async (peer) => {
    const { name, status } = peer;
    let best = { factor: Number.POSITIVE_INFINITY, quiet: 0, noisy: 0 };
    let told: Conversation[] = [];
    for (let round = 0; round < ROUNDS && best.factor > 2; round += 1) {
      const quiet = await p99While(() => Promise.resolve());
      const noisy = await p99While(async () => {
        told = await attack(peer, site.http, site.https);
      });
      const factor = noisy / Math.max(quiet, FLOOR);
      if (factor < best.factor) best = { factor, quiet, noisy };
    }
    for (const { statuses, closed } of told) {
      if (status !== undefined) expect(status).toContain(statuses[0]);
      else if (peer.connections === undefined || peer.toTls === true)
        expect(closed || statuses.length > 0).toBe(true);
      expect(statuses.filter((one) => one >= 500 && one !== 501 && one !== 505)).toEqual([]);
    }
    expect(best.factor).toBeLessThanOrEqual(2);
    const [first] = told;
    const answer = first?.statuses[0];
    addRow({
      part: "Bad peers",
      fault: name,
      up: `all others, p99 ${best.quiet.toFixed(1)} ms before and ${best.noisy.toFixed(1)} ms meanwhile`,
      saw:
        answer === undefined
          ? "the end of the connection"
          : `${answer}${(first?.statuses.length ?? 0) > 1 ? `, ${first?.statuses.length} times` : ""}`,
    });
  });

  test("leaves the gateway serving", async () => {
    const seen = site.load(["known", "asked", "listed", "login"]);
    await sleep(1_000);
    const { answers } = await seen.stop();
    expect(answers).toEqual({ 200: expect.any(Number), 404: expect.any(Number) });
    expect(site.process.child.exitCode).toBeNull();
    expect(site.process.said()).not.toMatch(/unhandled rejection|uncaught exception/);
  });
});
