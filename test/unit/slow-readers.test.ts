import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { SlowReaders } from "../../src/http/limits/slow-readers.ts";

const WINDOW_MS = 120_000;
const RATE = 1_024;
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A socket whose client reads a number of bytes per second, with a number of bytes waiting. */
function reader(rate: number, waiting: number) {
  const since = Date.now();
  const socket = {
    destroyed: false,
    writableLength: waiting,
    get bytesWritten() {
      return waiting + (rate * (Date.now() - since)) / 1000;
    },
    destroy() {
      socket.destroyed = true;
    },
  };
  return socket;
}

test("disconnects a client that reads too slowly, but no steady reader and none with a slow source", () => {
  const readers = new SlowReaders(RATE, WINDOW_MS);
  const [slow, steady, sourceless, released] = [
    reader(10, 65_536),
    reader(RATE, 65_536),
    reader(0, 0),
    reader(0, 65_536),
  ];
  const ends = [slow, steady, sourceless, released].map((one) => readers.watch(one as unknown as Socket));
  ends[3]?.();
  jest.advanceTimersByTime(WINDOW_MS);
  expect(slow.destroyed).toBe(false);
  jest.advanceTimersByTime(3 * WINDOW_MS);
  expect([slow, steady, sourceless, released].map(({ destroyed }) => destroyed)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  for (const end of ends) end();
  expect(jest.getTimerCount()).toBe(0);
});

test("disconnects no client without a minimum rate", () => {
  const readers = new SlowReaders(0);
  const still = reader(0, 65_536);
  readers.watch(still as unknown as Socket);
  jest.advanceTimersByTime(1_000_000_000);
  expect(still.destroyed).toBe(false);
});
