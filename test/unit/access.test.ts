import { describe, expect, test } from "@jest/globals";
import { isAllowed } from "../../src/auth/access.ts";

const nobody = { kind: "anonymous", token: false } as const;
const stranger = { kind: "anonymous", token: true } as const;
const user = { kind: "user", id: 1, name: "alice", token: { value: "t", secondsLeft: 1 } } as const;

describe("who may see what", () => {
  test.each([
    [nobody, { authRequired: false, granted: false }, true],
    [nobody, { authRequired: true, granted: false }, false],
    [nobody, { authRequired: true, granted: true }, false],
    [nobody, undefined, false],
    [stranger, { authRequired: false, granted: false }, true],
    [stranger, { authRequired: true, granted: false }, false],
    [stranger, undefined, false],
    [user, { authRequired: false, granted: false }, true],
    [user, { authRequired: true, granted: true }, true],
    [user, { authRequired: true, granted: false }, false],
    [user, undefined, false],
  ] as const)("%j before %j: %s", (caller, facts, allowed) => {
    expect(isAllowed(caller, facts)).toBe(allowed);
  });
});
