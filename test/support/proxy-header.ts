/** Headers of the PROXY protocol, as a load balancer sends them. */
import { isIPv6, SocketAddress } from "node:net";
import type { Endpoints } from "../../src/connection/proxy-protocol-header.ts";

/** A header of version 1. */
export function textHeader({ client, server }: Endpoints): Buffer {
  const family = isIPv6(client.address) ? "TCP6" : "TCP4";
  const addresses = `${client.address} ${server.address}`;
  return Buffer.from(`PROXY ${family} ${addresses} ${client.port} ${server.port}\r\n`);
}

/** Bytes of an address. */
function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const groups = (text: string): string[] =>
    text === ""
      ? []
      : text.split(":").flatMap((group) => {
          if (!group.includes(".")) return [group.padStart(4, "0")];
          const hex = bytesOf(group).toString("hex");
          return [hex.slice(0, 4), hex.slice(4)];
        });
  const { address: usual } = new SocketAddress({ address, family: "ipv6" });
  const [head = "", tail = ""] = usual.split("::");
  const missing = 8 - groups(head).length - groups(tail).length;
  return Buffer.from(
    [...groups(head), ...Array.from({ length: missing }, () => "0000"), ...groups(tail)].join(""),
    "hex",
  );
}

/**
 * A header of version 2.
 * @param options.more bytes after the addresses
 * @param options.local true for a connection of the load balancer itself
 */
export function binaryHeader(
  { client, server }: Endpoints,
  { more = Buffer.alloc(0), local = false }: { readonly more?: Uint8Array; readonly local?: boolean } = {},
): Buffer {
  const addresses = Buffer.concat([bytesOf(client.address), bytesOf(server.address)]);
  const rest = Buffer.alloc(4);
  rest.writeUInt16BE(client.port, 0);
  rest.writeUInt16BE(server.port, 2);
  const head = Buffer.from("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0", "latin1");
  if (local) head.writeUInt8(0x20, 12);
  if (isIPv6(client.address)) head.writeUInt8(0x21, 13);
  head.writeUInt16BE(addresses.length + rest.length + more.length, 14);
  return Buffer.concat([head, addresses, rest, more]);
}
