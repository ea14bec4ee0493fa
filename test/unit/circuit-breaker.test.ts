import { beforeEach, describe, expect, test } from "@jest/globals";
import { type Attempt, CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";

let now: number;
let said: string[];
let breaker: CircuitBreaker;
beforeEach(() => {
  now = 1_000;
  said = [];
  breaker = new CircuitBreaker({
    name: "It",
    maxFailures: 3,
    probeIntervalMs: 500,
    report: (text, error) => said.push(error === undefined ? text : `${text}: ${String(error)}`),
    now: () => now,
  });
});

/** @throws Error if it is refused */
function enter(): Attempt {
  const attempt = breaker.enter();
  if (attempt === undefined) throw new Error("refused");
  return attempt;
}
const fail = (times: number) => {
  for (let time = 0; time < times; time += 1) enter().end("failure", new Error("no route"));
};

describe("a circuit breaker", () => {
  test("stays closed while failures are not consecutive", () => {
    fail(2);
    enter().end("success");
    fail(2);
    enter().end("unknown");
    expect([breaker.open, said]).toEqual([false, []]);
  });

  test("opens after consecutive failures and logs the reason once", () => {
    const late = enter();
    fail(3);
    late.end("failure", new Error("another"));
    expect(breaker.open).toBe(true);
    expect(breaker.enter()).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^circuit breaker opened: It failed 3 times in a row.*Error: no route$/),
    ]);
  });

  test("opens at once after an outage", () => {
    enter().end("outage", new Error("silent"));
    expect(breaker.enter()).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^circuit breaker opened: It does not respond.*silent$/)]);
  });

  test("admits one probe per interval while half-open", () => {
    fail(3);
    now += 499;
    expect(breaker.enter()).toBeUndefined();
    now += 1;
    const probe = enter();
    expect(breaker.enter()).toBeUndefined();
    now += 400;
    probe.end("failure", new Error("no route"));
    now += 499;
    expect(breaker.enter()).toBeUndefined();
    now += 1;
    enter();
    expect(said).toHaveLength(1);
  });

  test("closes after a successful probe and logs that", () => {
    fail(3);
    now += 500;
    enter().end("success");
    expect(breaker.open).toBe(false);
    enter();
    enter();
    expect(said.at(-1)).toBe("circuit breaker closed: It replies again");
    fail(2);
    expect(breaker.open).toBe(false);
  });

  test("admits another probe when one is cancelled or hangs", () => {
    fail(3);
    now += 500;
    enter().end("unknown");
    const hanging = enter();
    expect(breaker.enter()).toBeUndefined();
    now += 5_000;
    enter().end("success");
    hanging.end("failure", new Error("took too long"));
    expect(breaker.open).toBe(false);
  });

  test("ignores failures of earlier requests once open, and closes when one succeeds", () => {
    const [bad, good] = [enter(), enter()];
    fail(3);
    now += 400;
    bad.end("failure", new Error("late"));
    now += 100;
    enter().end("unknown");
    good.end("success");
    expect(breaker.open).toBe(false);
  });
});
