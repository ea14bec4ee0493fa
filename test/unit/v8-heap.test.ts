import { describe, expect, test } from "@jest/globals";
import { bulkGrowthPercent } from "../../src/process/v8-heap.ts";

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
  ])("is, in a heap of %d MiB, %d %%", (usedMib, percent) => {
    expect(bulkGrowthPercent(usedMib * MIB)).toBe(percent);
  });
});
