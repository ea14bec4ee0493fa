/** Trusted reverse proxies, whose headers describe the client. */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { foldAscii } from "../model/ascii-case.ts";
import type { ClientCertificateVerifier } from "../x509/certificate-verifier.ts";
import { AddressSet } from "./address-set.ts";
import { isHostPort } from "./host-port.ts";
import type { Peer } from "./peer.ts";

/** Settings of the trusted reverse proxies. */
export interface TrustedProxyOptions {
  /** Addresses, networks (`10.0.0.0/8`), `unix`, `unix:/path`, or common names of client certificates. */
  readonly trustedProxies: readonly string[];
  /** Verifier of the reverse proxies' client certificates. */
  readonly verifier: ClientCertificateVerifier | undefined;
}

/** Scheme and host by which a client reached a trusted reverse proxy. */
export interface Forwarded {
  readonly proto: "http" | "https";
  /** Includes the port, unless it is the default port of the scheme. */
  readonly host: string;
}

/** Strips zone, brackets and port from an address; undefined if the text is no address. */
function plainAddress(text: string): string | undefined {
  const [, bracketed, plain = text.trim()] =
    /^\s*(?:\[([0-9a-f:.]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?\s*$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  return isIP(address) === 0 ? undefined : address;
}

/**
 * Returns the last value of a list. A reverse proxy appends its value to those that the client sent, so the values before
 * the last are not trusted.
 */
function lastOf(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? value : value.join(",");
  return list.slice(list.lastIndexOf(",") + 1).trim();
}

/** Pairs of the last element of a `Forwarded` header (RFC 7239 section 4). */
function forwardedPairs(value: string | string[] | undefined): ReadonlyMap<string, string> {
  const pairs = (lastOf(value) ?? "").split(";").map((pair) => pair.split("=", 2));
  return new Map(
    pairs.map(([name = "", text = ""]) => [name.trim().toLowerCase(), text.trim().replace(/^"(.*)"$/, "$1")]),
  );
}

/**
 * Scheme that the client used. It is always https if the reverse proxy connects over TLS: the virtual hosts of Katello's
 * installers set no `X-Forwarded-Proto` but pass on the client's, and a client must not get an http URL for its password.
 */
function schemeOf({ transport }: Peer, claimed: string | undefined): Forwarded["proto"] | undefined {
  if (transport === "https") return "https";
  const scheme = claimed?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}

function withPort(host: string, proto: string, port: string | undefined): string {
  const defaultPort = proto === "https" ? "443" : "80";
  const isNeeded = port !== undefined && /^[0-9]{1,5}$/.test(port) && port !== defaultPort;
  return /:[0-9]+$/.test(host) || !isNeeded ? host : `${host}:${port}`;
}

/** Headers that reverse proxies add to a request that they forward. */
const FORWARDING_HEADERS = [
  ...["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  "x_rhsm_ssl_client_cert",
];

/** True for an entry of `trusted_proxies` that names a unix listener: `unix` for all, `unix:/path` for one. */
const isSocket = (entry: string): boolean => entry === "unix" || entry.startsWith("unix:/");

/** Recognizes trusted reverse proxies and reads their headers. */
export class TrustedProxies {
  readonly #addresses: AddressSet;
  readonly #names: ReadonlySet<string>;
  readonly #sockets: ReadonlySet<string>;
  readonly #verifier: ClientCertificateVerifier | undefined;
  /** Cached results: verifying a certificate takes longer than serving a request. */
  readonly #verified = new WeakMap<Peer, boolean>();

  constructor({ trustedProxies, verifier }: TrustedProxyOptions) {
    this.#addresses = new AddressSet(trustedProxies);
    this.#names = new Set(trustedProxies.map(foldAscii));
    this.#sockets = new Set(trustedProxies.filter(isSocket));
    this.#verifier = verifier;
  }

  /** True if the peer is a trusted reverse proxy. */
  include(peer: Peer): boolean {
    const cached = this.#verified.get(peer);
    if (cached !== undefined) return cached;
    const isTrusted = this.#verify(peer);
    this.#verified.set(peer, isTrusted);
    return isTrusted;
  }

  /**
   * True if a trusted reverse proxy forwarded the request for a client. A request over a trusted unix socket always counts
   * as forwarded, because some reverse proxies add no header.
   */
  isForwarded(peer: Peer, headers: IncomingHttpHeaders): boolean {
    const hasForwardingHeader = () => FORWARDING_HEADERS.some((name) => headers[name] !== undefined);
    return this.include(peer) && (peer.transport === "unix" || hasForwardingHeader());
  }

  /** Scheme and host by which the client reached a trusted reverse proxy; undefined if no such proxy reports them. */
  forwarded(peer: Peer, headers: IncomingHttpHeaders): Forwarded | undefined {
    if (!this.include(peer)) return undefined;
    const standard = forwardedPairs(headers.forwarded);
    const host = lastOf(headers["x-forwarded-host"]) ?? standard.get("host");
    const proto = schemeOf(peer, lastOf(headers["x-forwarded-proto"]) ?? standard.get("proto"));
    if (host === undefined || proto === undefined) return undefined;
    const whole = withPort(host, proto, lastOf(headers["x-forwarded-port"]));
    return isHostPort(whole) ? { proto, host: whole } : undefined;
  }

  /**
   * Address of the client: the last address in `X-Forwarded-For` that is not a trusted reverse proxy, if a trusted reverse
   * proxy sent it; otherwise the peer's own.
   */
  clientAddress(peer: Peer, headers: IncomingHttpHeaders): string | undefined {
    const forwardedFor = headers["x-forwarded-for"];
    if (typeof forwardedFor !== "string" || !this.include(peer)) return peer.address;
    const addresses = forwardedFor.split(",").map(plainAddress);
    const nearest = addresses.findLastIndex(
      (address) => address === undefined || !this.#addresses.includes(address),
    );
    return addresses[nearest === -1 ? 0 : nearest] ?? peer.address;
  }

  #verify({ transport, socketPath, address, certificate }: Peer): boolean {
    if (transport === "unix") return this.#sockets.has("unix") || this.#sockets.has(`unix:${socketPath}`);
    if (address !== undefined && this.#addresses.includes(address)) return true;
    const name = certificate && this.#verifier?.holderOf(certificate);
    return name !== undefined && this.#names.has(foldAscii(name));
  }
}
