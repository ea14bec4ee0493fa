import { describe, expect, test } from "@jest/globals";
import { HeldReplies } from "../../src/http/limits/held-replies.ts";

const KIB = 1024;
const body = (kib: number) => [new Uint8Array(kib * KIB)];

describe("replies that wait for their readers", () => {
  test("take a quarter for one address, all of it together, and nothing once they are out", () => {
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

  test("count once, however many read the same", () => {
    const held = new HeldReplies(100 * KIB);
    const same = body(90);
    const letGo = Array.from({ length: 50 }, (_, index) => held.hold(same, `192.0.2.${index % 9}`));
    expect(held.bytes).toBe(90 * KIB);
    for (const end of letGo) end?.();
    expect(held.bytes).toBe(0);
  });

  test("count once as parts of one text, too, each of another length", () => {
    const held = new HeldReplies(100 * KIB);
    const [text = new Uint8Array()] = body(90);
    const letGo = [20, 80, 16].map((kib) => held.hold([text.subarray(0, kib * KIB)], "192.0.2.1"));
    expect(held.bytes).toBe(90 * KIB);
    for (const end of letGo) end?.();
    expect(held.bytes).toBe(0);
    expect(() => held.hold(body(101), "192.0.2.1")).not.toThrow();
  });

  test("have room for one that is larger than all, and for the networks of a site together", () => {
    const held = new HeldReplies(100 * KIB);
    expect(held.hold(body(500), "2001:db8:1:1::1")).toBeDefined();
    expect(() => held.hold(body(20), "2001:db8:1:2::1")).toThrow("this address");
    expect(() => held.hold(body(20), "192.0.2.1")).toThrow("too many replies are unread");
  });

  test("that are short don't count", () => {
    expect(new HeldReplies(0).hold(body(15), undefined)).toBeUndefined();
  });
});
