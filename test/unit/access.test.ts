import { describe, expect, test } from "@jest/globals";
import { isAllowed } from "../../src/auth/access.ts";

describe("a user or host", () => {
  test.each([
    [{ authRequired: false, granted: false }, true],
    [{ authRequired: true, granted: true }, true],
    [{ authRequired: true, granted: false }, false],
    [undefined, false],
  ] as const)("with the facts %j may pull: %s", (facts, allowed) => {
    expect(isAllowed(facts)).toBe(allowed);
  });
});
