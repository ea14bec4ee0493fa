import { describe, expect, test } from "@jest/globals";
import { Backoff } from "../../src/resilience/backoff.ts";

/** A backoff with a clock of its own, in seconds. */
function pauses() {
  const clock = { seconds: 0 };
  return { clock, known: new Backoff(60_000, () => clock.seconds * 1000) };
}

/** Records a failed query and returns the seconds of the backoff. */
function stay({ clock, known }: ReturnType<typeof pauses>, uuid = "u"): number {
  known.failed(uuid);
  const from = clock.seconds;
  while (known.isWaiting(uuid)) clock.seconds += 0.5;
  return clock.seconds - from;
}

describe("the backoff after failed queries for a host", () => {
  test("doubles from a second up to a minute", () => {
    const world = pauses();
    expect(Array.from({ length: 9 }, () => stay(world))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test("starts over after a success or a minute without a query", () => {
    const world = pauses();
    expect([stay(world), stay(world)]).toEqual([1, 2]);
    world.known.succeeded("u");
    expect([stay(world), stay(world)]).toEqual([1, 2]);
    world.clock.seconds += 59;
    expect(stay(world)).toBe(4);
    world.clock.seconds += 60;
    expect(stay(world)).toBe(1);
  });

  test("is separate for each host", () => {
    const world = pauses();
    stay(world);
    expect(world.known.isWaiting("v")).toBe(false);
    expect(stay(world, "v")).toBe(1);
  });

  test("covers at most ten thousand hosts", () => {
    const { known } = pauses();
    for (let index = 0; index <= 10_000; index += 1) known.failed(`u-${index}`);
    expect([known.isWaiting("u-0"), known.isWaiting("u-1"), known.isWaiting("u-10000")]).toEqual([
      false,
      true,
      true,
    ]);
  });
});
