import { expect, test } from "@jest/globals";
import { StepTimes } from "../../src/sync/apply/step-times.ts";

test("a step lasts from the end of the one before it, and steps that are repeated add up", () => {
  const times = new StepTimes(performance.now() - 2_000);
  times.end("read");
  times.end("compare");
  const { read = 0, compare = 9 } = times.seconds;
  expect(read).toBeGreaterThanOrEqual(2);
  expect(compare).toBeLessThan(1);
  times.end("read");
  expect(times.seconds.read).toBeGreaterThanOrEqual(read);
  expect(Object.keys(times.seconds)).toEqual(["read", "compare"]);
});
