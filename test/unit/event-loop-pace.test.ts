import { describe, expect, jest, test } from "@jest/globals";
import { Pace } from "../../src/resilience/event-loop-pace.ts";
import { FairSemaphore } from "../../src/resilience/fair-semaphore.ts";

const iteration = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A semaphore under a pace, and the number of slots that its caller has got. */
function paced() {
  const pace: Pace = new Pace(() => semaphore.serve());
  const semaphore = new FairSemaphore({ slots: Number.POSITIVE_INFINITY, pace });
  let started = 0;
  const start = () => {
    started += 1;
  };
  const request = (key = "one") => {
    if (semaphore.tryAcquire(key)) start();
    else void semaphore.wait(key)?.acquired.then(start);
  };
  return { pace, request, started: () => started };
}

describe("the pace of one address", () => {
  test("is one request in eight iterations while connections wait", async () => {
    const { pace, request, started } = paced();
    pace.accepted();
    for (let count = 0; count < 5; count += 1) request();
    expect(started()).toBe(1);
    for (let count = 0; count < 24; count += 1) {
      pace.accepted();
      await iteration();
    }
    expect(started()).toBeGreaterThanOrEqual(3);
    expect(started()).toBeLessThanOrEqual(4);
  });

  test("is slowed down by half after a long iteration, and comes back by one after each that is not", async () => {
    let milliseconds = 0;
    const now = jest.spyOn(performance, "now").mockImplementation(() => milliseconds);
    try {
      const { request, started } = paced();
      /** Starts as many requests as an iteration takes, which lasts so long. @returns their number */
      const startsIn = async (lastsMs: number) => {
        const before = started();
        for (let count = 0; count < 100; count += 1) request();
        const starts = started() - before;
        milliseconds += lastsMs;
        await iteration();
        // Those that wait are started before the next ones are counted.
        milliseconds += 3;
        for (let rest = 0; rest < 20; rest += 1) await iteration();
        return starts;
      };
      expect(await startsIn(5)).toBe(100);
      const slow = await startsIn(3);
      expect(slow).toBeGreaterThanOrEqual(50);
      expect(slow).toBeLessThan(60);
      const later = await startsIn(3);
      expect(later).toBeGreaterThan(slow);
      expect(later).toBeLessThan(slow + 10);
    } finally {
      now.mockRestore();
    }
  });

  test("does not delay another address", () => {
    const { pace, request, started } = paced();
    pace.accepted();
    for (const key of ["one", "one", "two", "three"]) request(key);
    expect(started()).toBe(3);
  });

  test("is free once no more connections are accepted", async () => {
    const { pace, request, started } = paced();
    pace.accepted();
    for (let count = 0; count < 5; count += 1) request();
    for (let count = 0; count < 4; count += 1) await iteration();
    expect(started()).toBe(5);
  });

  test("starts the first request of a connection at once after a time without any", async () => {
    const { pace, request, started } = paced();
    for (let count = 1; count <= 3; count += 1) {
      pace.accepted();
      request();
      expect(started()).toBe(count);
      for (let rest = 0; rest < 2; rest += 1) await iteration();
    }
  });
});
