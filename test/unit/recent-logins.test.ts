import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { LoggedIn } from "../../src/auth/login/login-result.ts";
import { RecentLogins } from "../../src/auth/login/recent-logins.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const loginOf = (secondsLeft: number) => ({
  loggedIn: { secondsLeft } as LoggedIn,
  network: "192.0.2.1",
  at: performance.now(),
});

test("no login is held after it has expired, also if no other one follows", () => {
  const recent = new RecentLogins({ ttlS: 10, isValid: async () => true });
  recent.add("one", loginOf(3_600));
  jest.advanceTimersByTime(6_000);
  recent.add("two", loginOf(3_600));
  expect(recent.size).toBe(2);
  jest.advanceTimersByTime(5_000);
  expect(recent.size).toBe(1);
  jest.advanceTimersByTime(6_000);
  expect(recent.size).toBe(0);
});

test("a login whose token ends earlier is not held until login_ttl, also if another one came before it", () => {
  const recent = new RecentLogins({ ttlS: 3_600, isValid: async () => true });
  recent.add("long", loginOf(36_000));
  recent.add("short", loginOf(5));
  jest.advanceTimersByTime(4_500);
  expect(recent.size).toBe(1);
});

test("a login that took long is not held for longer than others", () => {
  const recent = new RecentLogins({ ttlS: 10, isValid: async () => true });
  const login = loginOf(3_600);
  jest.advanceTimersByTime(9_000);
  recent.add("one", login);
  jest.advanceTimersByTime(2_500);
  expect(recent.size).toBe(0);
});

test("many logins are removed together, once a second at most", () => {
  const recent = new RecentLogins({ ttlS: 10, isValid: async () => true });
  for (let one = 0; one < 100; one += 1) {
    recent.add(String(one), loginOf(3_600));
    jest.advanceTimersByTime(10);
  }
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(12_000);
  expect([recent.size, jest.getTimerCount()]).toEqual([0, 0]);
});
