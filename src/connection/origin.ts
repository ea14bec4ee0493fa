/** By which scheme, host and port a caller reached the gateway. */
import type { IncomingMessage } from "node:http";
import { asHost, hostOf } from "./host-port.ts";
import type { Peer } from "./peer.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** What may be believed about the gateway's own address. */
export interface OriginOptions {
  /** Used for everybody when set. */
  readonly publicUrl: string | undefined;
  /** DNS names and addresses in the gateway's own certificate. */
  readonly certificateNames: readonly string[];
  readonly proxies: Pick<TrustedProxies, "forwarded">;
}

const LOOPBACK = /^(?:127\.|::1$)/;

/** The name in a certificate that stands for all that differ from it in their first label only (RFC 6125). */
const wildcardOf = (host: string): string => host.replace(/^[^.]+(?=\.)/, "*");

/** Tells the origin of a request, without a final slash. */
export type OriginOf = (request: Pick<IncomingMessage, "headers">, peer: Peer) => string;

/**
 * Makes the function that tells the origin of a request. A `Host` header is believed only where it can't mislead: it
 * names the address that was reached, loopback from loopback, or a name in the gateway's certificate.
 */
export function createOrigin({ publicUrl, certificateNames, proxies }: OriginOptions): OriginOf {
  const hosts = certificateNames.flatMap((name) => asHost(name) ?? []);
  const names = new Set([...hosts, ...certificateNames.map((name) => name.toLowerCase())]);

  function isOwn(host: string, { local, address }: Peer): boolean {
    return (
      names.has(host) ||
      names.has(wildcardOf(host)) ||
      host === asHost(local.address ?? "") ||
      (host === "localhost" && LOOPBACK.test(address ?? ""))
    );
  }

  return ({ headers }, peer) => {
    if (publicUrl !== undefined) return publicUrl;
    const told = proxies.forwarded(peer, headers);
    if (told !== undefined) return `${told.proto}://${told.host}`;
    const scheme = peer.transport === "https" ? "https" : "http";
    const { host } = headers;
    const asked = host === undefined ? undefined : hostOf(host);
    if (asked !== undefined && isOwn(asked, peer)) return `${scheme}://${host}`;
    const [name = asHost(peer.local.address ?? "") ?? "localhost"] = hosts;
    return `${scheme}://${name}${peer.local.port === undefined ? "" : `:${peer.local.port}`}`;
  };
}
