import { describe, expect, test } from "@jest/globals";
import { decide } from "../../src/auth/access.ts";

const nobody = { kind: "anonymous", token: false } as const;
const stranger = { kind: "anonymous", token: true } as const;
const user = { kind: "user", id: 1, name: "alice", token: { value: "t", secondsLeft: 1 } } as const;

describe("who may see what", () => {
  test.each([
    [nobody, { authRequired: false, granted: false }, "allow"],
    [nobody, { authRequired: true, granted: false }, "challenge"],
    [nobody, { authRequired: true, granted: true }, "challenge"],
    [nobody, undefined, "challenge"],
    [stranger, { authRequired: false, granted: false }, "allow"],
    [stranger, { authRequired: true, granted: false }, "challenge"],
    [stranger, undefined, "challenge"],
    [user, { authRequired: false, granted: false }, "allow"],
    [user, { authRequired: true, granted: true }, "allow"],
    [user, { authRequired: true, granted: false }, "hidden"],
    [user, undefined, "hidden"],
  ] as const)("%j before %j: %s", (caller, facts, decision) => {
    expect(decide(caller, facts)).toBe(decision);
  });
});
