import { describe, expect, test } from "@jest/globals";
import { LineQueue } from "../../src/logs/line-queue.ts";
import { eventually } from "../support/eventually.ts";

/** A destination that accepts the given number of bytes per write, in turn; 0 throws, and the last one repeats. */
function placeOf(...rooms: readonly number[]) {
  let text = "";
  let turn = 0;
  const take = (bytes: Buffer): number => {
    const room = rooms[Math.min(turn, rooms.length - 1)] ?? 0;
    turn += 1;
    if (room === 0) throw new Error("there is no room");
    text += bytes.toString("utf8", 0, room);
    return Math.min(room, bytes.length);
  };
  return { take, text: () => text };
}

const ALL = Number.POSITIVE_INFINITY;

function queueTo(place: ReturnType<typeof placeOf>, buffer = 1_000) {
  const told: string[] = [];
  const queue = new LineQueue({
    write: async (bytes) => place.take(bytes),
    batchBytes: 20,
    bufferBytes: buffer,
    delayMs: 1,
    retryDelayMs: 1,
    droppedLine: (count) => `dropped ${count}\n`,
    onFailure: () => told.push("failure"),
    onRecovery: () => told.push("recovery"),
  });
  return { queue, told };
}

describe("a line queue", () => {
  test("writes lines in order despite failed writes, and reports failure and recovery once", async () => {
    const place = placeOf(0, 0, 0, ALL);
    const { queue, told } = queueTo(place);
    for (const line of ["one\n", "two\n", `${"long".repeat(20)}\n`, "four\n"]) queue.push(line);
    await eventually("all are there", () => place.text().endsWith("four\n"));
    expect(place.text()).toBe(`one\ntwo\n${"long".repeat(20)}\nfour\n`);
    expect(told).toEqual(["failure", "recovery"]);
  });

  test("writes the number of dropped lines in their place when the buffer is full", async () => {
    const place = placeOf(0, ALL);
    const { queue } = queueTo(place, 30);
    for (let line = 0; line < 9; line += 1) queue.push(`line ${line}\n`);
    await eventually("it is written", () => place.text().includes("dropped"));
    queue.push("last\n");
    await queue.close();
    expect(place.text()).toBe("line 0\nline 1\nline 2\nline 3\ndropped 5\nlast\n");
  });

  test("rewrites a partly written line on a new line", async () => {
    const place = placeOf(6, ALL);
    const { queue } = queueTo(place);
    queue.push("one\n");
    queue.push("two\n");
    await eventually("all is there", () => place.text().endsWith("two\n"));
    expect(place.text()).toBe("one\ntw\ntwo\n");
  });

  test("writes lines that come during a write together with later ones", async () => {
    const writes: string[] = [];
    const ends: (() => void)[] = [];
    const queue = new LineQueue({
      write: (bytes) =>
        new Promise((resolve) => {
          writes.push(String(bytes));
          ends.push(() => resolve(bytes.length));
        }),
      batchBytes: 12,
      bufferBytes: 1_000,
      delayMs: 60_000,
      retryDelayMs: 1,
      droppedLine: String,
    });
    for (const line of ["one\n", "two\n", "three\n", "four\n"]) queue.push(line);
    ends[0]?.();
    // All that follows the end of a write, as far as it does not wait for a timer.
    await new Promise(setImmediate);
    expect(writes).toEqual(["one\ntwo\n"]);
    queue.push("five\n");
    expect(writes).toEqual(["one\ntwo\n", "three\nfour\n"]);
  });

  test("retries failed writes of the remaining lines at shutdown", () => {
    const place = placeOf(0, 0, 5, ALL);
    const { queue } = queueTo(place);
    for (const line of ["one\n", "two\n", "three\n"]) queue.push(line);
    queue.closeSync(place.take, 10_000);
    expect(place.text()).toBe("one\nt\ntwo\nthree\n");
  });

  test("gives up at the deadline when the destination accepts nothing at shutdown", () => {
    const { queue } = queueTo(placeOf(0));
    queue.push("one\n");
    const before = performance.now();
    queue.closeSync(placeOf(0).take, 50);
    expect(performance.now() - before).toBeGreaterThanOrEqual(50);
  });
});
