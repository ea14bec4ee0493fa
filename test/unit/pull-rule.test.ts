import { describe, expect, test } from "@jest/globals";
import { isAllowed } from "../../src/auth/pull-rule.ts";

describe("the access of a user or host", () => {
  test.each([
    [{ authRequired: false, granted: false }, true],
    [{ authRequired: true, granted: true }, true],
    [{ authRequired: true, granted: false }, false],
    [undefined, false],
  ] as const)("is allowed by the facts %j: %s", (facts, allowed) => {
    expect(isAllowed(facts)).toBe(allowed);
  });
});
