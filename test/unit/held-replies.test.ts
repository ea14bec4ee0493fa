import { describe, expect, test } from "@jest/globals";
import { HeldReplies } from "../../src/http/limits/held-replies.ts";

const KIB = 1024;
const body = (kib: number) => [new Uint8Array(kib * KIB)];

describe("unread replies", () => {
  test("are limited to a quarter per address and to the whole in total, and are released once sent", () => {
    const held = new HeldReplies(400 * KIB);
    const own = (address: string) => () => held.hold(body(50), address);
    const letGo = [own("192.0.2.1")(), own("192.0.2.1")()];
    expect(own("192.0.2.1")).toThrow("this address has too many unread replies (max_reply_bytes)");
    for (const address of ["192.0.2.2", "192.0.2.3", "192.0.2.4"]) letGo.push(own(address)(), own(address)());
    expect(own("192.0.2.5")).toThrow("too many replies are unread (max_reply_bytes)");
    expect(held.bytes).toBe(400 * KIB);
    for (const end of letGo) end?.();
    expect(held.bytes).toBe(0);
  });

  test("count once when several clients read the same body", () => {
    const held = new HeldReplies(100 * KIB);
    const same = body(90);
    const letGo = Array.from({ length: 50 }, (_, index) => held.hold(same, `192.0.2.${index % 9}`));
    expect(held.bytes).toBe(90 * KIB);
    for (const end of letGo) end?.();
    expect(held.bytes).toBe(0);
  });

  test("count once when they are parts of one text", () => {
    const held = new HeldReplies(100 * KIB);
    const [text = new Uint8Array()] = body(90);
    const letGo = [20, 80, 16].map((kib) => held.hold([text.subarray(0, kib * KIB)], "192.0.2.1"));
    expect(held.bytes).toBe(90 * KIB);
    for (const end of letGo) end?.();
    expect(held.bytes).toBe(0);
    expect(() => held.hold(body(101), "192.0.2.1")).not.toThrow();
  });

  test("may exceed the limit when alone, and share the limit of a site", () => {
    const held = new HeldReplies(100 * KIB);
    expect(held.hold(body(500), "2001:db8:1:1::1")).toBeDefined();
    expect(() => held.hold(body(20), "2001:db8:1:2::1")).toThrow("this address");
    expect(() => held.hold(body(20), "192.0.2.1")).toThrow("too many replies are unread");
  });

  test("do not count when they are short", () => {
    expect(new HeldReplies(0).hold(body(15), undefined)).toBeUndefined();
  });
});
