/** One log line for many requests that a limit refuses. */
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { pino } from "pino";
import { LimitNotices } from "../../src/http/limits/limit-notices.ts";

const lines: Record<string, unknown>[] = [];
let notices: LimitNotices;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick"] });
  lines.length = 0;
  const write = (line: string): void => void lines.push(JSON.parse(line));
  notices = new LimitNotices(
    pino(
      new Writable({
        write: (line, _encoding, done) => {
          write(String(line));
          done();
        },
      }),
    ),
  );
});
afterEach(() => {
  jest.useRealTimers();
});

const logged = () => lines.map(({ limit, requests, request_id }) => [limit, requests, request_id]);

test("the first refused request is logged at once, the next ones with the first after ten seconds", () => {
  for (const id of ["a", "b", "c"]) notices.refused("max_requests", { request_id: id });
  expect(logged()).toEqual([["max_requests", 1, "a"]]);
  jest.advanceTimersByTime(10_000);
  notices.refused("max_requests", { request_id: "d" });
  expect(logged()).toEqual([
    ["max_requests", 1, "a"],
    ["max_requests", 3, "d"],
  ]);
});

test("each limit has lines of its own", () => {
  notices.refused("max_requests", { request_id: "a" });
  notices.refused("max_connections", { request_id: "b" });
  expect(logged()).toEqual([
    ["max_requests", 1, "a"],
    ["max_connections", 1, "b"],
  ]);
});
