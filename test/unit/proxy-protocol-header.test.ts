import { SocketAddress } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readProxyHeader } from "../../src/connection/proxy-protocol-header.ts";
import { binaryHeader, textHeader } from "../support/proxy-header.ts";

const read = (text: string) => readProxyHeader(Buffer.from(text, "latin1"));
const v4 = { client: { address: "192.0.2.1", port: 40_000 }, server: { address: "192.0.2.10", port: 443 } };

describe("version 1", () => {
  test("has the addresses of both ends", () => {
    expect(read("PROXY TCP4 192.0.2.1 192.0.2.10 40000 443\r\nGET /")).toEqual({
      state: "complete",
      length: 43,
      endpoints: v4,
    });
    expect(read("PROXY TCP6 2001:DB8:0:0::1 ::ffff:192.0.2.10 1 443\r\n")).toMatchObject({
      endpoints: { client: { address: "2001:db8::1" }, server: { address: "192.0.2.10" } },
    });
  });

  test.each(["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f...f:ffff what ever 65535 0\r\n"])(
    "%j is valid without addresses",
    (line) => {
      expect(read(line)).toEqual({ state: "complete", length: line.length, endpoints: undefined });
    },
  );

  test.each<[line: string, reason: string]>([
    ["PROXY TCP4 192.0.2.1 192.0.2.10 40000\r\n", "two ports"],
    ["PROXY TCP4 192.0.2.1 192.0.2.10 40000 65536\r\n", "two ports"],
    ["PROXY TCP4 192.0.2.1 192.0.2.10 0443 443\r\n", "two ports"],
    ["PROXY TCP4 192.0.2.1 192.0.2.10 1 443 more\r\n", "two ports"],
    ["PROXY TCP4 192.0.2.1  192.0.2.10 1 443\r\n", "two TCP4 addresses"],
    ["PROXY TCP4 192.0.2.01 192.0.2.10 1 443\r\n", "two TCP4 addresses"],
    ["PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n", "two TCP4 addresses"],
    ["PROXY TCP6 192.0.2.1 192.0.2.10 1 443\r\n", "two TCP6 addresses"],
    ["PROXY TCP6 fe80::1%eth0 fe80::2 1 443\r\n", "two TCP6 addresses"],
    ["PROXY UDP4 192.0.2.1 192.0.2.10 1 443\r\n", "neither TCP4"],
    ["PROXY \r\n", "neither TCP4"],
    [`PROXY TCP4 ${"1".repeat(100)}`, "longer than 107 bytes"],
    ["proxy TCP4 192.0.2.1 192.0.2.10 1 443\r\n", "something else"],
    ["GET / HTTP/1.1\r\n", "something else"],
    ["\x16\x03\x01\x02", "something else"],
  ])("%j is invalid", (line, reason) => {
    expect(read(line)).toEqual({ state: "invalid", reason: expect.stringContaining(reason) });
  });
});

describe("version 2", () => {
  const changed = (offset: number, value: number): Buffer => {
    const bytes = binaryHeader(v4);
    bytes.writeUInt8(value, offset);
    return bytes;
  };

  test("has the addresses of both ends, and more that is skipped", () => {
    const bytes = binaryHeader(v4, { more: Buffer.from("\x04\x00\x03abc", "latin1") });
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from("GET /")]))).toEqual({
      state: "complete",
      length: 34,
      endpoints: v4,
    });
  });

  test.each([
    ["of the load balancer itself", changed(12, 0x20)],
    ["without a family", changed(13, 0x00)],
    ["over UDP", changed(13, 0x12)],
    ["over a unix socket", changed(13, 0x31)],
  ])("a connection %s has its own addresses", (_, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ state: "complete", length: bytes.length, endpoints: undefined });
  });

  test.each([
    ["version", changed(12, 0x11), "its version is not 2"],
    ["command", changed(12, 0x22), "its command is unknown"],
    ["family", changed(13, 0x41), "its address family is unknown"],
    ["transport", changed(13, 0x13), "its address family is unknown"],
    ["length for its addresses", changed(15, 11), "it is too short for its addresses"],
    ["length", changed(14, 0x10), "it is longer than 4096 bytes"],
  ])("a wrong %s is invalid", (_, bytes, reason) => {
    expect(readProxyHeader(bytes)).toEqual({ state: "invalid", reason });
  });
});

const port = fc.integer({ min: 0, max: 65_535 });
const endpoint = (address: fc.Arbitrary<string>) => fc.record({ address, port });
/** Both ends of a connection, with addresses in their usual form. */
const endpoints = fc
  .oneof(fc.constant(fc.ipV4()), fc.constant(fc.ipV6()))
  .chain((address) => fc.record({ client: endpoint(address), server: endpoint(address) }));
const usual = (address: string): string =>
  new SocketAddress({ address, family: address.includes(":") ? "ipv6" : "ipv4" }).address.replace(
    /^::ffff:(?=\d+\.)/,
    "",
  );
const known = ({ client, server }: typeof v4) => ({
  client: { ...client, address: usual(client.address) },
  server: { ...server, address: usual(server.address) },
});

describe("any header", () => {
  const header = fc.oneof(
    endpoints.map((both) => ({ both, bytes: textHeader(both) })),
    fc
      .tuple(endpoints, fc.uint8Array({ maxLength: 300 }))
      .map(([both, more]) => ({ both, bytes: binaryHeader(both, { more }) })),
  );

  test("is read whatever follows it, and not before all of it has arrived", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 64 }), ({ both, bytes }, rest) => {
        expect(readProxyHeader(Buffer.concat([bytes, rest]))).toEqual({
          state: "complete",
          length: bytes.length,
          endpoints: known(both),
        });
        for (let length = 0; length < bytes.length; length += 1)
          expect(readProxyHeader(bytes.subarray(0, length)).state).toBe("incomplete");
      }),
    );
  });

  test("with a changed byte is read or refused, never past its end", () => {
    const mutated = header.chain(({ bytes }) =>
      fc
        .tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }))
        .map(([offset, value]) => Buffer.from(bytes.map((byte, at) => (at === offset ? value : byte)))),
    );
    fc.assert(
      fc.property(mutated, (bytes) => {
        const result = readProxyHeader(bytes);
        if (result.state === "complete") expect(result.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("is no bytes of another kind", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        fc.pre(bytes[0] !== 0x50 && bytes[0] !== 0x0d);
        expect(readProxyHeader(Buffer.from(bytes)).state).toBe("invalid");
      }),
    );
  });
});
