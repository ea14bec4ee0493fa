import { execFileSync } from "node:child_process";
import { constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { infoOf, openLog } from "../../src/logs/log.ts";
import { errorCode } from "../../src/model/error-text.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";

interface Line {
  readonly turn?: number;
  readonly dropped?: number;
}

const linesIn = (text: string): Line[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Reads everything that a pipe has received so far, without blocking. */
function readerOf(pipe: string): () => string {
  const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunk = Buffer.alloc(65_536);
  let text = "";
  return () => {
    try {
      text += chunk.toString("latin1", 0, readSync(fd, chunk));
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") throw error;
    }
    return text;
  };
}

test("buffers a bounded number of bytes for a stalled reader and logs the number of dropped lines", async () => {
  const pipe = join(testFolder(), "log.pipe");
  execFileSync("mkfifo", [pipe]);
  const fd = openSync(pipe, "r+");
  const log = openLog({ level: "info", fd, bufferBytes: 100_000 });
  for (const turns of [2_000, 4_000]) {
    // The last lines are short and fill the buffer.
    for (let turn = turns - 2_000; turn < turns; turn += 1)
      log.info({ turn, text: "x".repeat(turn < turns - 100 ? 300 : 0) }, "a line");
    // The pipe fills up. The log tries to write the number of dropped lines, which fails the second time.
    await sleep(450);
  }
  const read = readerOf(pipe);
  const turnsIn = (lines: Line[]) => lines.flatMap(({ turn }) => turn ?? []);
  const droppedIn = (lines: Line[]) => lines.reduce((sum, { dropped = 0 }) => sum + dropped, 0);
  await eventually("every line is there, or told", () => {
    const lines = linesIn(read());
    return turnsIn(lines).length + droppedIn(lines) === 4_000;
  });
  const turns = turnsIn(linesIn(read()));
  expect(turns).toEqual([...new Set(turns)].sort((one, other) => one - other));
  expect(read().length).toBeLessThan(250_000);
  log.info({ turn: 4_000 }, "it goes on");
  await eventually("it goes on", () => read().includes('"turn":4000'));
});

test("escapes control characters sent by a caller", async () => {
  const path = join(testFolder(), "control.log");
  const log = openLog({ level: "info", fd: openSync(path, "a") });
  const sent = "\u009b2J\u007f\u0085\u202e\u001b[2J";
  log.info({ session_id: sent }, "answered");
  await eventually("it is written", () => readFileSync(path, "utf8") !== "");
  const line = readFileSync(path, "utf8");
  expect(line).toMatch(/^[\u0020-\u007e]*\n$/);
  expect(JSON.parse(line).session_id).toBe(sent);
});

test("logs a request as it logs everything else, unless its level is higher", async () => {
  const path = join(testFolder(), "info.log");
  const log = openLog({ level: "info", fd: openSync(path, "a") });
  const info = infoOf(log);
  const fields = { id: 'a"b\\c\n\u001b', path: "/v2/\u20ac", none: undefined, ms: 0.1, isOne: true };
  log.info(fields, "a line");
  info(fields, "a line");
  log.level = "warn";
  info(fields, "not logged");
  log.warn("the last one");
  await eventually("they are written", () => readFileSync(path, "utf8").includes("the last one"));
  const [usual = "", fast = "", ...others] = readFileSync(path, "utf8").trim().split("\n");
  const timeless = (line: string) => line.replace(/"time":[^,]+/, "");
  expect(timeless(fast)).toBe(timeless(usual));
  expect(JSON.parse(fast).time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(others).toHaveLength(1);
});
