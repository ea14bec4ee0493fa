import { expect, test } from "@jest/globals";
import { Numbering } from "../../src/sync/apply/numbering.ts";

test("a name has one number, wherever it is in the reader's cache, and is sent once", () => {
  const sent: [number, string][] = [];
  const names = new Numbering((number, text) => sent.push([number, text]));
  const numbers = [
    names.at(5, "a"),
    names.at(-1, "b"),
    names.at(5, "a"),
    names.at(7, "a"),
    names.at(-1, "b"),
    names.at(8, "b"),
    names.of("a"),
    names.at(7, "a"),
  ];
  expect(numbers).toEqual([0, 1, 0, 0, 1, 1, 0, 0]);
  expect(sent).toEqual([
    [0, "a"],
    [1, "b"],
  ]);
});
