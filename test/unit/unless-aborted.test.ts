import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { unlessAborted } from "../../src/resilience/unless-aborted.ts";

test("settles like the work, or rejects with the reason of the abort", async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(signal, Promise.resolve(1))).toBe(1);
  await expect(unlessAborted(signal, Promise.reject(new Error("no")))).rejects.toThrow("no");
  const late = new AbortController();
  const waits = unlessAborted(late.signal, new Promise(() => undefined));
  late.abort(new Error("late"));
  await expect(waits).rejects.toThrow("late");
  await expect(unlessAborted(late.signal, new Promise(() => undefined))).rejects.toThrow("late");
});

test("leaks no memory through a long-lived signal", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const { signal } = new AbortController();
  const wait = async (times: number) => {
    for (let time = 0; time < times; time += 1) await unlessAborted(signal, Promise.resolve(time));
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await wait(1_000);
  expect((await wait(20_000)) - before).toBeLessThan(1_000_000);
});
