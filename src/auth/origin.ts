/** By which scheme, host and port a caller reached the gateway. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isAuthority } from "./authority.ts";
import type { Peer } from "./peer.ts";
import type { Proxies } from "./proxies.ts";

/** What may be believed about the gateway's own address. */
export interface OriginOptions {
  /** Used for everybody when set. */
  readonly publicUrl: string | undefined;
  /** DNS names and addresses in the gateway's own certificate. */
  readonly certificateNames: readonly string[];
  readonly proxies: Pick<Proxies, "forwarded">;
}

const LOOPBACK = /^(?:127\.|::1$)/;

const bracket = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);
const plain = (address: string | undefined): string | undefined => address?.replace(/^::ffff:/, "");

/** Tells the origin of a request, without a final slash. */
export type OriginOf = (request: IncomingMessage, peer: Peer) => string;

/**
 * Makes the function that tells the origin of a request. A `Host` header is believed only where it can't mislead: it
 * names the address that was reached, loopback from loopback, or a name in the gateway's certificate.
 */
export function createOrigin({ publicUrl, certificateNames, proxies }: OriginOptions): OriginOf {
  const names = new Set(certificateNames.map((name) => name.toLowerCase()));

  function isOwn(host: string, { local, address }: Peer): boolean {
    const name = host.replace(/:[0-9]+$/, "").toLowerCase();
    return (
      names.has(name) ||
      name === bracket(plain(local.address) ?? "") ||
      (name === "localhost" && LOOPBACK.test(address ?? ""))
    );
  }

  return ({ headers }, peer) => {
    if (publicUrl !== undefined) return publicUrl;
    const told = proxies.forwarded(peer, headers);
    if (told !== undefined) return `${told.proto}://${told.host}`;
    const scheme = peer.transport === "https" ? "https" : "http";
    const { host } = headers;
    if (host !== undefined && isOwn(host, peer) && isAuthority(host)) return `${scheme}://${host}`;
    const [name = bracket(plain(peer.local.address) ?? "localhost")] = certificateNames;
    return `${scheme}://${name}${peer.local.port === undefined ? "" : `:${peer.local.port}`}`;
  };
}
