import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { ContentFlow } from "../../src/upstreams/delivery/content-flow.ts";

const MIB = 1024 ** 2;

let work: string[] = [];
const flow = new ContentFlow(() => {
  work.push("begun");
  return () => work.push("ended");
});

beforeEach(() => {
  jest.useFakeTimers();
  work = [];
});
afterEach(() => {
  jest.runOnlyPendingTimers();
  jest.runOnlyPendingTimers();
  jest.useRealTimers();
});

test("a thousand streams that only fill the buffers of their clients are no bulk work", () => {
  for (let stream = 0; stream < 1_000; stream += 1) flow.count(4 * MIB, 4 * MIB);
  expect(work).toEqual([]);
});

test("a slow stream is no bulk work, however long", () => {
  for (let second = 1; second <= 60; second += 1) {
    flow.count(2 * MIB, (10 + 2 * second) * MIB);
    jest.advanceTimersByTime(1_000);
  }
  expect(work).toEqual([]);
});

test("a fast stream is bulk work until it ends", () => {
  for (let step = 1; step <= 20; step += 1) {
    flow.count(2 * MIB, (10 + 2 * step) * MIB);
    jest.advanceTimersByTime(50);
  }
  expect(work).toEqual(["begun"]);
  jest.advanceTimersByTime(500);
  expect(work).toEqual(["begun", "ended"]);
});

test("many slow streams are bulk work together", () => {
  for (let stream = 0; stream < 10; stream += 1) flow.count(MIB, 20 * MIB);
  expect(work).toEqual(["begun"]);
});
