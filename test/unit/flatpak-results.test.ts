import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { resultsFor } from "../../src/handlers/flatpak-results.ts";

const index = () => ["a", "b", "c"].map((name) => ({ name, json: JSON.stringify({ Name: name }) }));
const textOf = (part: Uint8Array) => Buffer.from(part).toString();

test("filters an index by the names that a caller may see, in Pulp's order", () => {
  const found = index();
  expect(textOf(resultsFor(found, ["c", "a", "x"]))).toBe('"Results":[{"Name":"a"},{"Name":"c"}]}');
  expect(textOf(resultsFor(found, []))).toBe('"Results":[]}');
  expect(textOf(resultsFor(found, undefined))).toBe('"Results":[{"Name":"a"},{"Name":"b"},{"Name":"c"}]}');
});

test("shares the bytes of a filtered index among callers with the same names", () => {
  const found = index();
  const names = ["a", "b"];
  const part = resultsFor(found, names);
  expect(resultsFor(found, names)).toBe(part);
  expect(resultsFor(found, ["b", "a", "not in the index"])).toBe(part);
  expect(resultsFor(found, ["a"])).not.toBe(part);
  expect(resultsFor(index(), names)).not.toBe(part);
});

test("frees a filtered index that no reply holds while the index and the names stay cached", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const [found, names] = [index(), ["a"]];
  const parts = [resultsFor(found, names)].map((part) => new WeakRef(part));
  await sleep(1);
  collectGarbage();
  expect(parts[0]?.deref()).toBeUndefined();
  expect(textOf(resultsFor(found, names))).toBe('"Results":[{"Name":"a"}]}');
});
