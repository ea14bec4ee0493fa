import { expect, test } from "@jest/globals";
import { Attempts } from "../../src/auth/attempts.ts";

const MOST = 10;

/** A count of failures that takes its time, as PostgreSQL does. */
function countOf() {
  const count = { failures: 0, asked: 0 };
  const ask = async () => {
    count.asked += 1;
    const { failures } = count;
    await new Promise((resolve) => setImmediate(resolve));
    if (failures >= MOST) throw new Error("too many");
    return failures;
  };
  return { count, ask };
}

test("a thousand that end without a failure cost about a question each", async () => {
  const attempts = new Attempts();
  const { count, ask } = countOf();
  let underWay = 0;
  let most = 0;
  const one = async () => {
    await attempts.turn(ask, MOST);
    return attempts.run(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      throw new Error("Katello is away");
    });
  };
  const ends = await Promise.allSettled(Array.from({ length: 1_000 }, one));
  expect(new Set(ends.map((end) => end.status))).toEqual(new Set(["rejected"]));
  expect(most).toBeLessThanOrEqual(MOST);
  expect(count.asked).toBeLessThan(5_000);
});

test("no more are begun than may fail, and the others are turned away", async () => {
  const attempts = new Attempts();
  const { count, ask } = countOf();
  let begun = 0;
  const one = async () => {
    await attempts.turn(ask, MOST);
    return attempts.run(async () => {
      begun += 1;
      await new Promise((resolve) => setImmediate(resolve));
      count.failures += 1;
    });
  };
  await Promise.allSettled(Array.from({ length: 500 }, one));
  expect(begun).toBe(MOST);
});
