import { expect, test } from "@jest/globals";
import { isAtLeast } from "../../src/model/version.ts";

test.each([
  ["1.2.3", "1.2.3", true],
  ["1.2.3", "1.2.4", true],
  ["1.2.3", "1.10.0", true],
  ["1.2.3", "2.0.0-rc.1", true],
  ["1.2.3", "1.2.2", false],
  ["1.10.0", "1.9.9", false],
  ["2.0.0", "1.99.0", false],
  ["nonsense", "1.0.0", false],
])("%s is needed, this is %s: %s", (oldest, own, expected) => {
  expect(isAtLeast(oldest, own)).toBe(expected);
});
