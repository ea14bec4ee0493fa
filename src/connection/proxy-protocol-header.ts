/** Headers of the PROXY protocol, by which load balancers pass on the addresses of a connection: versions 1 and 2. */
import { isIPv4, isIPv6, SocketAddress } from "node:net";

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Both ends of a connection: the client, and the address that it connected to. */
export interface Endpoints {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** Result of reading the first bytes of a connection. */
export type ProxyHeader =
  | { readonly state: "incomplete" }
  | { readonly state: "invalid"; readonly reason: string }
  | {
      readonly state: "complete";
      /** Bytes of the header; the client's own begin after them. */
      readonly length: number;
      /** Absent if the load balancer speaks for itself, such as in a health check, or does not know them. */
      readonly endpoints: Endpoints | undefined;
    };

const TEXT_START = Buffer.from("PROXY ");
/** Longest header of version 1, with its line end. */
const MAX_TEXT_BYTES = 107;

const BINARY_START = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const BINARY_FIXED_BYTES = 16;
/** Longest header of version 2 that is accepted. Load balancers add some hundred bytes at most to the addresses. */
const MAX_BINARY_BYTES = 4096;
/** Commands: the connection is the load balancer's own, or a client's. */
const COMMANDS = { local: 0, proxy: 1 } as const;
/** Address family and transport of TCP over IPv4 and over IPv6, in one byte. */
const TCP4 = 0x11;
const TCP6 = 0x21;
const MAX_FAMILY = 3;
const MAX_TRANSPORT = 2;

const INCOMPLETE: ProxyHeader = { state: "incomplete" };
const invalid = (reason: string): ProxyHeader => ({ state: "invalid", reason });

/** Returns an IPv6 address in its usual form, and an IPv4-mapped one as IPv4. */
function usualForm(address: string): string {
  const { address: usual } = new SocketAddress({ address, family: isIPv6(address) ? "ipv6" : "ipv4" });
  return usual.replace(/^::ffff:(?=\d+\.)/, "");
}

/** True if the bytes begin with a text, or may do so when more have arrived. */
function mayBeginWith(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

/** Port in decimal digits without leading zeros; undefined for anything else. */
function portOf(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function readText(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_TEXT_BYTES).indexOf("\r\n");
  if (end < 0)
    return bytes.length < MAX_TEXT_BYTES
      ? INCOMPLETE
      : invalid(`its first line is longer than ${MAX_TEXT_BYTES} bytes`);
  const length = end + 2;
  const [, family = "", ...fields] = bytes.toString("latin1", 0, end).split(" ");
  // What follows UNKNOWN must be ignored.
  if (family === "UNKNOWN") return { state: "complete", length, endpoints: undefined };
  if (family !== "TCP4" && family !== "TCP6") return invalid("it is neither TCP4 nor TCP6 nor UNKNOWN");
  const isAddress = family === "TCP4" ? isIPv4 : (text: string) => isIPv6(text) && !text.includes("%");
  const [source = "", destination = "", sourcePort = "", destinationPort = "", ...more] = fields;
  const ports = [portOf(sourcePort), portOf(destinationPort)] as const;
  if (!isAddress(source) || !isAddress(destination)) return invalid(`it has no two ${family} addresses`);
  if (ports[0] === undefined || ports[1] === undefined || more.length > 0)
    return invalid("it does not end with two ports");
  return {
    state: "complete",
    length,
    endpoints: {
      client: { address: usualForm(source), port: ports[0] },
      server: { address: usualForm(destination), port: ports[1] },
    },
  };
}

/** Addresses in a header of version 2: those of both ends, then their ports. */
function binaryEndpoints(bytes: Buffer, addressBytes: 4 | 16): Endpoints {
  const addressAt = (offset: number): string => {
    const raw = bytes.subarray(offset, offset + addressBytes);
    if (addressBytes === 4) return raw.join(".");
    return usualForm((raw.toString("hex").match(/.{4}/g) ?? []).join(":"));
  };
  const source = BINARY_FIXED_BYTES;
  const destination = source + addressBytes;
  const ports = destination + addressBytes;
  return {
    client: { address: addressAt(source), port: bytes.readUInt16BE(ports) },
    server: { address: addressAt(destination), port: bytes.readUInt16BE(ports + 2) },
  };
}

function readBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < BINARY_FIXED_BYTES) return INCOMPLETE;
  const command = bytes.readUInt8(12) & 0xf;
  const family = bytes.readUInt8(13);
  const length = BINARY_FIXED_BYTES + bytes.readUInt16BE(14);
  if (bytes.readUInt8(12) >> 4 !== 2) return invalid("its version is not 2");
  if (command !== COMMANDS.local && command !== COMMANDS.proxy) return invalid("its command is unknown");
  if (family >> 4 > MAX_FAMILY || (family & 0xf) > MAX_TRANSPORT)
    return invalid("its address family is unknown");
  if (length > MAX_BINARY_BYTES) return invalid(`it is longer than ${MAX_BINARY_BYTES} bytes`);
  const addressBytes = family === TCP4 ? 4 : 16;
  const hasAddresses = command === COMMANDS.proxy && (family === TCP4 || family === TCP6);
  if (hasAddresses && length < BINARY_FIXED_BYTES + 2 * addressBytes + 4)
    return invalid("it is too short for its addresses");
  if (bytes.length < length) return INCOMPLETE;
  // What follows the addresses describes the connection in ways that are not used here.
  return {
    state: "complete",
    length,
    endpoints: hasAddresses ? binaryEndpoints(bytes, addressBytes) : undefined,
  };
}

/** Reads a header at the beginning of a connection's bytes, as far as they have arrived. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (bytes.length === 0) return INCOMPLETE;
  if (mayBeginWith(bytes, TEXT_START)) return bytes.length < TEXT_START.length ? INCOMPLETE : readText(bytes);
  if (mayBeginWith(bytes, BINARY_START)) return readBinary(bytes);
  return invalid("the connection begins with something else");
}
