import { execFileSync } from "node:child_process";
import { constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { openLog } from "../../src/log.ts";
import { codeOf } from "../../src/reasons.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";

interface Line {
  readonly turn?: number;
  readonly dropped?: number;
}

const linesIn = (text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** Gives all that has come through a pipe, and waits for nothing. */
function readerOf(pipe: string): () => string {
  const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunk = Buffer.alloc(65_536);
  let text = "";
  return () => {
    try {
      text += chunk.toString("latin1", 0, readSync(fd, chunk));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
    }
    return text;
  };
}

test("a reader that takes nothing costs no more than the buffer, and is told what it has missed", async () => {
  const pipe = join(testFolder(), "log.pipe");
  execFileSync("mkfifo", [pipe]);
  const fd = openSync(pipe, "r+");
  const log = openLog({ level: "info", fd, buffer: 100_000 });
  for (let turn = 0; turn < 2_000; turn += 1)
    log.info({ turn, text: "x".repeat(turn < 1_900 ? 300 : 0) }, "a line");
  // The last lines are short and leave no room. Long enough that telling of it has been tried in vain.
  await sleep(450);
  const read = readerOf(pipe);
  await eventually("it is told", () => read().includes('"dropped":'));
  const text = read();
  const lines = linesIn(text);
  const taken = lines.flatMap(({ turn }) => turn ?? []);
  const [dropped] = lines.flatMap((line) => line.dropped ?? []);
  expect(taken).toEqual([...new Set(taken)].sort((one, other) => one - other));
  expect(Number(dropped) + taken.length).toBe(2_000);
  expect(text.length).toBeLessThan(250_000);
  log.info({ turn: 2_000 }, "it goes on");
  await eventually("it goes on", () => read().includes('"turn":2000'));
});
