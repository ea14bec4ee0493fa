/** By which scheme, host and port a caller reached the gateway. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { type Peer, peerOf } from "./peer.ts";

/** What may be believed about the gateway's own address. */
export interface OriginOptions {
  /** Used for everybody when set. */
  readonly publicUrl: string | undefined;
  /** DNS names and addresses in the gateway's own certificate. */
  readonly certificateNames: readonly string[];
  /** Addresses, networks (`10.0.0.0/8`), or `unix`: who may say how the caller reached it. */
  readonly trustedProxies: readonly string[];
}

const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const LOOPBACK = /^(?:127\.|::1$)/;

function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0) continue;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const bracket = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);

/** One value, not a list of them: what several proxies added can't be told apart. */
const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" && !value.includes(",") ? value : undefined;

/**
 * Makes the function that tells the origin of a request. A `Host` header is believed only where it can't mislead: it
 * names the address that was reached, loopback from loopback, or a name in the gateway's certificate.
 */
export function createOrigin({ publicUrl, certificateNames, trustedProxies }: OriginOptions) {
  const proxies = addressList(trustedProxies);
  const names = new Set(certificateNames.map((name) => name.toLowerCase()));

  const isProxy = ({ address, transport }: Peer): boolean =>
    transport === "unix"
      ? trustedProxies.includes("unix")
      : address !== undefined && proxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  function forwarded(request: IncomingMessage): string | undefined {
    const proto = single(request.headers["x-forwarded-proto"]);
    const host = single(request.headers["x-forwarded-host"]);
    const port = single(request.headers["x-forwarded-port"]);
    if (host === undefined || !HOST.test(host) || (proto !== "http" && proto !== "https")) return undefined;
    const usual = proto === "https" ? "443" : "80";
    const hasPort = /:[0-9]+$/.test(host);
    return `${proto}://${host}${hasPort || port === undefined || port === usual || !/^[0-9]{1,5}$/.test(port) ? "" : `:${port}`}`;
  }

  function ownName(host: string, { local, address }: Peer): boolean {
    const name = host.replace(/:[0-9]+$/, "").toLowerCase();
    return (
      names.has(name) ||
      name === bracket(local.address?.replace(/^::ffff:/, "") ?? "") ||
      (name === "localhost" && LOOPBACK.test(address ?? ""))
    );
  }

  return (request: IncomingMessage): string => {
    if (publicUrl !== undefined) return publicUrl;
    const peer = peerOf(request);
    const told = isProxy(peer) ? forwarded(request) : undefined;
    if (told !== undefined) return told;
    const scheme = peer.transport === "https" ? "https" : "http";
    const host = request.headers.host;
    if (host !== undefined && HOST.test(host) && ownName(host, peer)) return `${scheme}://${host}`;
    const [name = bracket(peer.local.address?.replace(/^::ffff:/, "") ?? "localhost")] = certificateNames;
    return `${scheme}://${name}${peer.local.port === undefined ? "" : `:${peer.local.port}`}`;
  };
}

/** Tells the origin of a request, without a final slash. */
export type OriginOf = ReturnType<typeof createOrigin>;
