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

/** Lets the callbacks of promises run. */
const moment = () => new Promise(setImmediate);

describe("a list", () => {
  test("is asked for once by all who want it at once, and kept", async () => {
    const kept = lists();
    const all = [1, 2, 3].map(() => kept.find("k", ask, by()));
    asked[0]?.answer(["a"]);
    expect(await Promise.all(all)).toEqual([["a"], ["a"], ["a"]]);
    expect(await kept.find("k", ask, by())).toEqual(["a"]);
    expect(kept.cached("k")).toEqual(["a"]);
    expect(asked).toHaveLength(1);
  });

  test("is asked for again when it is too old, or was never to be kept", async () => {
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

  test("that is longer than all that may be kept is passed on", async () => {
    const kept = lists({ limitBytes: 1_000 });
    const found = kept.find("k", ask, by());
    asked[0]?.answer(["x".repeat(1_000)]);
    expect(await found).toHaveLength(1);
    expect(kept.cached("k")).toBeUndefined();
  });

  test("that can't be had is told to those who wait, and asked for by who comes after them", async () => {
    const kept = lists();
    const both = [1, 2].map(() => kept.find("k", ask, by()));
    asked[0]?.fail();
    for (const one of both) await expect(one).rejects.toThrow("down");
    const next = kept.find("k", ask, by());
    asked[1]?.answer(["a"]);
    expect(await next).toEqual(["a"]);
  });

  test("that nobody waits for any more is not asked for any more", () => {
    const kept = lists();
    const [one, two] = [new Cancellation(), new Cancellation()];
    for (const cancellation of [one, two]) kept.find("k", ask, { cancellation }).catch(() => undefined);
    one.cancel();
    expect(asked[0]?.cancellation.cancelled).toBe(false);
    two.cancel();
    expect(asked[0]?.cancellation.cancelled).toBe(true);
  });
});

test("of different lists no more are on their way at once than may be, and the others wait", async () => {
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

describe("one site", () => {
  test("has no more than half of the lists that may be on their way, and leaves the rest to others", async () => {
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

  test("has its part again as lists arrive, fail, or are waited for no more", async () => {
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

  test("may have only so many that wait", async () => {
    const kept = lists({ maxConcurrent: 1 });
    const all = Array.from({ length: 10 }, (_, index) => kept.find(`${index}`, ask, by("one")));
    for (const one of all) one.catch(() => undefined);
    await expect(all[9]).rejects.toMatchObject({ output: { statusCode: 503 } });
  });
});

test("a list that another site waits for too comes at the first turn of either", async () => {
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
