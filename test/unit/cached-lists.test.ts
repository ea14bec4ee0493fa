import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { type CachedListOptions, CachedLists } from "../../src/cache/pulp/cached-lists.ts";
import { Cancellation } from "../../src/resilience/cancellation.ts";

interface Asked {
  readonly cancellation: Cancellation;
  readonly answer: (items: string[]) => void;
  readonly fail: () => void;
}

let asked: Asked[] = [];
beforeEach(() => {
  asked = [];
});

const lists = (options: Partial<CachedListOptions<string>> = {}) =>
  new CachedLists<string>({
    ttlS: 60,
    limitBytes: 10_000,
    bytesOf: (item) => item.length,
    maxConcurrent: 2,
    ...options,
  });

const by = (address = "192.0.2.1") => ({ cancellation: new Cancellation(address) });

const ask = (cancellation: Cancellation) =>
  new Promise<string[]>((resolve, reject) => {
    asked.push({ cancellation, answer: resolve, fail: () => reject(new Error("down")) });
  });

/** Lets pending promise callbacks run. */
const moment = () => new Promise(setImmediate);

describe("cached lists", () => {
  test("coalesce concurrent queries for a list and cache the reply", async () => {
    const kept = lists();
    const all = [1, 2, 3].map(() => kept.find("k", ask, by()));
    asked[0]?.answer(["a"]);
    expect(await Promise.all(all)).toEqual([["a"], ["a"], ["a"]]);
    expect(await kept.find("k", ask, by())).toEqual(["a"]);
    expect(kept.cached("k")).toEqual(["a"]);
    expect(asked).toHaveLength(1);
  });

  test("query a list again when it has expired or its lifetime is 0", async () => {
    for (const ttl of [0.01, 0]) {
      asked = [];
      const kept = lists({ ttlS: ttl });
      for (const item of ["old", "new"]) {
        const found = kept.find("k", ask, by());
        asked.at(-1)?.answer([item]);
        expect(await found).toEqual([item]);
        await sleep(20);
      }
      expect(asked).toHaveLength(2);
    }
  });

  test("return a list larger than the cache without caching it", async () => {
    const kept = lists({ limitBytes: 1_000 });
    const found = kept.find("k", ask, by());
    asked[0]?.answer(["x".repeat(1_000)]);
    expect(await found).toHaveLength(1);
    expect(kept.cached("k")).toBeUndefined();
  });

  test("reject all waiting callers when a query fails, and retry for the next caller", async () => {
    const kept = lists();
    const both = [1, 2].map(() => kept.find("k", ask, by()));
    asked[0]?.fail();
    for (const one of both) await expect(one).rejects.toThrow("down");
    const next = kept.find("k", ask, by());
    asked[1]?.answer(["a"]);
    expect(await next).toEqual(["a"]);
  });

  test("cancel a query when its last caller cancels", () => {
    const kept = lists();
    const [one, two] = [new Cancellation(), new Cancellation()];
    for (const cancellation of [one, two]) kept.find("k", ask, { cancellation }).catch(() => undefined);
    one.cancel();
    expect(asked[0]?.cancellation.cancelled).toBe(false);
    two.cancel();
    expect(asked[0]?.cancellation.cancelled).toBe(true);
  });
});

test("limits concurrent queries for lists and queues the rest", async () => {
  const kept = lists({ maxConcurrent: 2 });
  const found = ["a", "b", "c"].map((key) => kept.find(key, ask, by(key)));
  const same = kept.find("b", ask, by("one"));
  expect(asked.length).toBe(2);
  for (const { answer } of asked) answer(["x"]);
  expect(await Promise.all([found[0], found[1], same])).toEqual([["x"], ["x"], ["x"]]);
  await moment();
  asked[2]?.answer(["y"]);
  expect(await found[2]).toEqual(["y"]);
});

describe("the limit per site", () => {
  test("allows a site half of the concurrent queries", async () => {
    const kept = lists({ maxConcurrent: 4 });
    const own = ["a", "b", "c"].map((key) => kept.find(key, ask, by("one")));
    expect(asked.length).toBe(2);
    const others = ["d", "e"].map((key) => kept.find(key, ask, by(key)));
    expect(asked.length).toBe(4);
    for (const { answer } of [...asked]) answer(["x"]);
    expect(await Promise.all([...own.slice(0, 2), ...others])).toEqual(Array(4).fill(["x"]));
    await moment();
    asked[4]?.answer(["y"]);
    expect(await own[2]).toEqual(["y"]);
  });

  test("frees a slot of the site when its query succeeds, fails or is cancelled", async () => {
    const kept = lists({ maxConcurrent: 2, ttlS: 0 });
    const arrives = kept.find("a", ask, by());
    asked[0]?.answer(["x"]);
    await arrives;
    const fails = kept.find("b", ask, by());
    asked[1]?.fail();
    await expect(fails).rejects.toThrow("down");
    const left = by();
    kept.find("c", ask, left).catch(() => undefined);
    const waits = by();
    kept.find("d", ask, waits).catch(() => undefined);
    expect(asked.length).toBe(3);
    waits.cancellation.cancel();
    const last = kept.find("e", ask, by());
    left.cancellation.cancel();
    asked[2]?.fail();
    await new Promise((resolve) => setImmediate(resolve));
    asked[3]?.answer(["y"]);
    expect(await last).toEqual(["y"]);
    expect(asked.length).toBe(4);
  });

  test("answers 503 when too many queries of a site wait", async () => {
    const kept = lists({ maxConcurrent: 1 });
    const all = Array.from({ length: 10 }, (_, index) => kept.find(`${index}`, ask, by("one")));
    for (const one of all) one.catch(() => undefined);
    await expect(all[9]).rejects.toMatchObject({ output: { statusCode: 503 } });
  });
});

test("queries a list that two sites wait for at the first turn of either", async () => {
  const kept = lists({ maxConcurrent: 2, ttlS: 0 });
  const under = ["a", "b", "c"].map((key) => kept.find(key, ask, by("greedy")));
  expect(asked.length).toBe(1);
  const joined = kept.find("c", ask, by("modest"));
  await moment();
  expect(asked.length).toBe(2);
  asked[1]?.answer(["c"]);
  expect([await joined, await under[2]]).toEqual([["c"], ["c"]]);
  expect(asked.length).toBe(2);
  asked[0]?.answer(["a"]);
  await under[0];
  await moment();
  asked[2]?.answer(["b"]);
  expect(await under[1]).toEqual(["b"]);
});
