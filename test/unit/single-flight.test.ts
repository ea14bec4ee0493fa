import { describe, expect, test } from "@jest/globals";
import { Cancellation } from "../../src/resilience/cancellation.ts";
import { SingleFlight } from "../../src/resilience/single-flight.ts";

describe("a single flight", () => {
  test("coalesces concurrent calls with the same key, and no later calls or other keys", async () => {
    const flights = new SingleFlight<number>();
    let started = 0;
    const start = async () => {
      started += 1;
      const mine = started;
      await new Promise(setImmediate);
      return mine;
    };
    const landed = await Promise.all([
      flights.join("a", start),
      flights.join("a", start),
      flights.join("b", start),
    ]);
    expect(landed).toEqual([
      { result: 1, first: true },
      { result: 1, first: false },
      { result: 2, first: true },
    ]);
    expect(await flights.join("a", start)).toEqual({ result: 3, first: true });
  });

  test("rejects all coalesced callers when it fails, and no later caller", async () => {
    const flights = new SingleFlight<number>();
    const fail = () => Promise.reject(new Error("no"));
    const both = [flights.join("a", fail), flights.join("a", fail)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await flights.join("a", async () => 1)).toEqual({ result: 1, first: true });
  });

  test("is cancelled when its last caller cancels, not its first", async () => {
    const flights = new SingleFlight<never>();
    const [one, two] = [new Cancellation(), new Cancellation()];
    let called: Cancellation | undefined;
    const start = (cancellation: Cancellation) => {
      called = cancellation;
      return new Promise<never>((_, reject) => cancellation.onCancel(() => reject(new Error("off"))));
    };
    const waiting = [flights.join("a", start, one), flights.join("a", start, two)];
    one.cancel();
    expect(called?.cancelled).toBe(false);
    two.cancel();
    expect(called?.cancelled).toBe(true);
    await Promise.allSettled(waiting);
  });
});
