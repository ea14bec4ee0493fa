import { describe, expect, test } from "@jest/globals";
import { lineFormat } from "../../src/logs/line-format.ts";
import { traceIdOf } from "../../src/model/trace.ts";

const line = (level: string, more: object = {}): string =>
  `${JSON.stringify({ level, time: "2026-11-27T09:00:00.000Z", pid: 7, hostname: "gateway", ...more, msg: "said" })}\n`;

describe("a line of the log", () => {
  test("stays JSON, or becomes text", () => {
    expect(lineFormat("json", false)(line("info"))).toBe(line("info"));
    expect(lineFormat("text", false)(line("info", { path: "/v2/", name: "a b", status: 200 }))).toBe(
      '2026-11-27T09:00:00.000Z info  said pid=7 path=/v2/ name="a b" status=200\n',
    );
  });

  test("is one line of text even with an error's stack", () => {
    const err = { type: "Error", message: "no", stack: "Error: no\n    at here" };
    expect(lineFormat("text", false)(line("error", { err }))).toBe(
      '2026-11-27T09:00:00.000Z error said pid=7 err="Error: no\\n    at here"\n',
    );
  });

  test.each([
    ["trace", 7],
    ["debug", 7],
    ["info", 6],
    ["warn", 4],
    ["error", 3],
    ["fatal", 2],
  ])("of level %s has priority %i in the journal", (level, priority) => {
    expect(lineFormat("json", true)(line(level))).toBe(`<${priority}>${line(level)}`);
    expect(lineFormat("text", true)(line(level))).toMatch(new RegExp(`^<${priority}>2026-.* said pid=7\\n$`));
  });
});

test.each([
  ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c"],
  ["00-00000000000000000000000000000000-b7ad6b7169203331-01", undefined],
  ["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", undefined],
  ["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", undefined],
  ["00-0af7651916cd43dd8448eb211c80319c", undefined],
  [undefined, undefined],
])("the trace id of %s is %s", (header, id) => {
  expect(traceIdOf(header)).toBe(id);
});
