/** Scheme, host and port by which a caller reached the gateway. */
import type { IncomingMessage } from "node:http";
import { memoize } from "../resilience/memoize.ts";
import { asHost, hostOf } from "./host-port.ts";
import type { Peer } from "./peer.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** Sources of the gateway's own address. */
export interface OriginOptions {
  /** Origin for all callers, if set. */
  readonly publicUrl: string | undefined;
  /** DNS names and addresses in the gateway's own certificate. */
  readonly certificateNames: readonly string[];
  readonly proxies: Pick<TrustedProxies, "forwarded">;
}

/** `Host` headers whose host is remembered. */
const MAX_HOSTS = 1_000;

const LOOPBACK = /^(?:127\.|::1$)/;

/** Wildcard name that covers a host in a certificate (RFC 6125). */
const wildcardOf = (host: string): string => host.replace(/^[^.]+(?=\.)/, "*");

/** Returns the origin of a request, without a trailing slash. */
export type OriginOf = (request: Pick<IncomingMessage, "headers">, peer: Peer) => string;

/**
 * Creates the function that determines the origin of a request. It trusts a `Host` header only if the header names the
 * address that the caller connected to, `localhost` from loopback, or a name in the gateway's certificate.
 */
export function createOrigin({ publicUrl, certificateNames, proxies }: OriginOptions): OriginOf {
  const hosts = certificateNames.flatMap((name) => asHost(name) ?? []);
  const requestedHostOf = memoize(hostOf, MAX_HOSTS);
  const ownHostOf = memoize(asHost, MAX_HOSTS);
  const names = new Set([...hosts, ...certificateNames.map((name) => name.toLowerCase())]);

  function isOwn(host: string, { local, address }: Peer): boolean {
    return (
      names.has(host) ||
      names.has(wildcardOf(host)) ||
      host === ownHostOf(local.address ?? "") ||
      (host === "localhost" && LOOPBACK.test(address ?? ""))
    );
  }

  return ({ headers }, peer) => {
    if (publicUrl !== undefined) return publicUrl;
    const forwarded = proxies.forwarded(peer, headers);
    if (forwarded !== undefined) return `${forwarded.proto}://${forwarded.host}`;
    const scheme = peer.transport === "https" ? "https" : "http";
    const { host } = headers;
    const requestedHost = host === undefined ? undefined : requestedHostOf(host);
    if (requestedHost !== undefined && isOwn(requestedHost, peer)) return `${scheme}://${host}`;
    const [name = ownHostOf(peer.local.address ?? "") ?? "localhost"] = hosts;
    return `${scheme}://${name}${peer.local.port === undefined ? "" : `:${peer.local.port}`}`;
  };
}
