import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { type KeptListOptions, KeptLists } from "../../src/caches/known/kept-lists.ts";
import { Interest } from "../../src/interest.ts";

interface Asked {
  readonly interest: Interest;
  readonly answer: (items: string[]) => void;
  readonly fail: () => void;
}

let asked: Asked[] = [];
beforeEach(() => {
  asked = [];
});

const lists = (options: Partial<KeptListOptions<string>> = {}) =>
  new KeptLists<string>({
    ttl: 60,
    limit: 10_000,
    bytesOf: (item) => item.length,
    mostAtOnce: 2,
    ...options,
  });

const by = (site = "192.0.2.1") => ({ interest: new Interest(), site });

const ask = (interest: Interest) =>
  new Promise<string[]>((resolve, reject) => {
    asked.push({ interest, answer: resolve, fail: () => reject(new Error("down")) });
  });

describe("a list", () => {
  test("is asked for once by all who want it at once, and kept", async () => {
    const kept = lists();
    const all = [1, 2, 3].map(() => kept.find("k", ask, by()));
    asked[0]?.answer(["a"]);
    expect(await Promise.all(all)).toEqual([["a"], ["a"], ["a"]]);
    expect(await kept.find("k", ask, by())).toEqual(["a"]);
    expect(kept.kept("k")).toEqual(["a"]);
    expect(asked).toHaveLength(1);
  });

  test("is asked for again when it is too old, or was never to be kept", async () => {
    for (const ttl of [0.01, 0]) {
      asked = [];
      const kept = lists({ ttl });
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
    const kept = lists({ limit: 1_000 });
    const found = kept.find("k", ask, by());
    asked[0]?.answer(["x".repeat(1_000)]);
    expect(await found).toHaveLength(1);
    expect(kept.kept("k")).toBeUndefined();
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
    const [one, two] = [new Interest(), new Interest()];
    for (const interest of [one, two]) kept.find("k", ask, { interest }).catch(() => undefined);
    one.lose();
    expect(asked[0]?.interest.lost).toBe(false);
    two.lose();
    expect(asked[0]?.interest.lost).toBe(true);
  });
});

test("of different lists no more are on their way at once than may be", async () => {
  const kept = lists({ mostAtOnce: 2 });
  const first = kept.find("a", ask, by("one"));
  const second = kept.find("b", ask, by("another"));
  await expect(kept.find("c", ask, by("a third"))).rejects.toMatchObject({ output: { statusCode: 503 } });
  const same = kept.find("b", ask, by("one"));
  for (const { answer } of asked) answer(["x"]);
  expect(await Promise.all([first, second, same])).toEqual([["x"], ["x"], ["x"]]);
  const third = kept.find("c", ask, by("a third"));
  asked.at(-1)?.answer(["y"]);
  expect(await third).toEqual(["y"]);
});

describe("one site", () => {
  const refused = { output: { statusCode: 503 } };

  test("has no more than half of the lists that may be on their way, and leaves the rest to others", async () => {
    const kept = lists({ mostAtOnce: 4 });
    const own = ["a", "b"].map((key) => kept.find(key, ask, by("one")));
    await expect(kept.find("c", ask, by("one"))).rejects.toMatchObject(refused);
    const others = ["c", "d"].map((key) => kept.find(key, ask, by("another")));
    const same = kept.find("c", ask, by("one"));
    for (const { answer } of asked) answer(["x"]);
    expect(await Promise.all([...own, ...others, same])).toEqual(Array(5).fill(["x"]));
  });

  test("has its part again as lists arrive, fail, or are waited for no more", async () => {
    const kept = lists({ mostAtOnce: 2, ttl: 0 });
    const arrives = kept.find("a", ask, by());
    asked[0]?.answer(["x"]);
    await arrives;
    const fails = kept.find("b", ask, by());
    asked[1]?.fail();
    await expect(fails).rejects.toThrow("down");
    const left = by();
    kept.find("c", ask, left).catch(() => undefined);
    await expect(kept.find("d", ask, by())).rejects.toMatchObject(refused);
    left.interest.lose();
    const last = kept.find("d", ask, by());
    asked.at(-1)?.answer(["y"]);
    expect(await last).toEqual(["y"]);
  });
});
