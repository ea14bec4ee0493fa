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
 * Creates the function that tells if a host is a name of the gateway: the address that the caller connected to, `localhost` from
 * loopback, or a name in the gateway's certificate.
 */
export function createOwnHosts(certificateNames: readonly string[]) {
  const hosts = certificateNames.flatMap((name) => asHost(name) ?? []);
  const ownHostOf = memoize(asHost, MAX_HOSTS);
  const names = new Set([...hosts, ...certificateNames.map((name) => name.toLowerCase())]);
  return (host: string, { local, address }: Pick<Peer, "local" | "address">): boolean =>
    names.has(host) ||
    names.has(wildcardOf(host)) ||
    host === ownHostOf(local.address ?? "") ||
    (host === "localhost" && LOOPBACK.test(address ?? ""));
}

/** Creates the function that determines the origin of a request. It trusts a `Host` header only if it is a name of the gateway. */
export function createOrigin({ publicUrl, certificateNames, proxies }: OriginOptions): OriginOf {
  const hosts = certificateNames.flatMap((name) => asHost(name) ?? []);
  const requestedHostOf = memoize(hostOf, MAX_HOSTS);
  const ownHostOf = memoize(asHost, MAX_HOSTS);
  const isOwn = createOwnHosts(certificateNames);

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
