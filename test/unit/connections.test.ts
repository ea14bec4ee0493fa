import { Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import type { Peer } from "../../src/connection/peer.ts";
import { Connections } from "../../src/http/limits/connections.ts";

const peer = (address: string): Peer => ({
  address,
  transport: "http",
  local: { address: undefined, port: 1 },
  certificate: undefined,
});

/** Opens one connection from each address, in turn. */
function connect(addresses: readonly string[]) {
  const connections = new Connections({ max: 100, maxPerAddress: 2, isExempt: () => false });
  const sockets = addresses.map((address) => {
    const socket = new Socket();
    connections.admit(socket, peer(address));
    return socket;
  });
  return { connections, sockets };
}

describe("the connection limit per address", () => {
  test.each<[what: string, addresses: string[], over: boolean]>([
    ["counts the connections of one IPv4 address", ["192.0.2.1", "192.0.2.1", "192.0.2.1"], true],
    ["counts IPv4 addresses separately", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], false],
    [
      "counts an IPv6 /64 network as one address",
      ["2001:db8::1", "2001:DB8:0:0::2:1", "2001:db8::a:b:c:d"],
      true,
    ],
    ["counts IPv6 /64 networks separately", ["2001:db8::1", "2001:db8:0:1::1", "2001:db8:1::1"], false],
    [
      "counts IPv4-mapped IPv6 addresses as IPv4 addresses",
      ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3"],
      false,
    ],
  ])("%s", (_, addresses, over) => {
    const { connections } = connect(addresses);
    expect(connections.exceededLimit(peer(addresses.at(-1) ?? ""))).toBe(
      over ? "max_connections_per_address" : undefined,
    );
  });

  test("allows an IPv6 /48 network the connections of four addresses", () => {
    const networks = Array.from({ length: 9 }, (_, index) => `2001:db8:1:${index}::1`);
    const { connections } = connect(networks);
    expect(connections.exceededLimit(peer("2001:db8:1:a::1"))).toBe("max_connections_per_address");
    expect(connections.exceededLimit(peer("2001:db8:2:a::1"))).toBeUndefined();
    expect(connect(networks.slice(1)).connections.exceededLimit(peer("2001:db8:1:a::1"))).toBeUndefined();
  });

  test("does not count a closed connection", async () => {
    const { connections, sockets } = connect(["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
    const [first] = sockets;
    await new Promise((resolve) => first?.once("close", resolve).destroy());
    expect(connections.exceededLimit(peer("2001:db8::4"))).toBeUndefined();
  });

  test.each<[what: string, addressOf: (index: number) => string]>([
    ["an IPv4 address", () => "192.0.2.1"],
    ["an IPv6 /48, whatever its networks", (index) => `2001:db8:1:${(index % 300).toString(16)}::1`],
  ])("refuses %s at most 25 connections a second with a reply, and closes the others", (_, addressOf) => {
    const maxPerAddress = 400;
    const connections = new Connections({ max: 10_000, maxPerAddress, isExempt: () => false });
    const open = (index: number) => {
      const socket = new Socket();
      connections.admit(socket, peer(addressOf(index)));
      return socket;
    };
    // All that is allowed, and so many more that they would fit into the reserve for replies.
    const allowed = addressOf(0) === addressOf(1) ? maxPerAddress : 4 * maxPerAddress;
    for (let index = 0; index < allowed; index += 1) expect(open(index).destroyed).toBe(false);
    const above = Array.from({ length: 40 }, (_unused, index) => open(index));
    expect(above.map(({ destroyed }) => destroyed)).toEqual([
      ...Array(25).fill(false),
      ...Array(15).fill(true),
    ]);
  });
});
