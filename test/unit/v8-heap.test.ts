import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { bulkGrowthPercent, HeapGrowth } from "../../src/process/v8-heap.ts";

const MIB = 1024 ** 2;

describe("the growth that bulk work is allowed", () => {
  test.each([
    [1, 150],
    [40, 150],
    [64, 150],
    [96, 100],
    [192, 50],
    [320, 30],
    [4_000, 30],
  ])("is, in a heap of %d MiB, %d %%", (liveMib, percent) => {
    expect(bulkGrowthPercent(liveMib * MIB)).toBe(percent);
  });
});

describe("bulk work", () => {
  let set: number[] = [];
  let usedMib = 64;
  let growth: HeapGrowth;
  beforeEach(() => {
    jest.useFakeTimers();
    set = [];
    usedMib = 64;
    growth = new HeapGrowth(
      (percent) => set.push(percent),
      () => usedMib * MIB,
    );
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test("lets the heap grow until the last one has ended", () => {
    const [first, second] = [growth.allow(), growth.allow()];
    first();
    first();
    expect(set).toEqual([150]);
    second();
    expect(set).toEqual([150, 30]);
    jest.advanceTimersByTime(60_000);
    expect(set).toEqual([150, 30]);
  });

  test("lets it grow less as caches fill, and is not misled by garbage", () => {
    const end = growth.allow();
    // Much garbage at the moment of a reading.
    usedMib = 150;
    jest.advanceTimersByTime(1_000);
    expect(set.at(-1)).toBeGreaterThan(130);
    usedMib = 65;
    jest.advanceTimersByTime(1_000);
    expect(set.at(-1)).toBe(148);
    usedMib = 400;
    jest.advanceTimersByTime(60_000);
    expect(set.at(-1)).toBe(30);
    end();
  });
});
