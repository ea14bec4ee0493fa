/** The proxies in front of the gateway: whose word on a caller counts. */
import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP } from "node:net";
import { foldAscii } from "../model/ascii-case.ts";
import type { ClientCertificateAuthorities } from "../x509/certificates.ts";
import { isHostPort } from "./host-port.ts";
import type { Peer } from "./peer.ts";

/** Who may speak for callers. */
export interface TrustedProxyOptions {
  /** Addresses, networks (`10.0.0.0/8`), `unix`, `unix:/path`, or common names of client certificates. */
  readonly trustedProxies: readonly string[];
  /** Those who sign the proxies' client certificates. */
  readonly authorities: ClientCertificateAuthorities | undefined;
}

/** Scheme and host by which a client reached a trusted reverse proxy. */
export interface Forwarded {
  readonly proto: "http" | "https";
  /** With its port unless it is the default port of the scheme. */
  readonly host: string;
}

/** An address without its zone, its brackets and its port; undefined for what is none. */
function plainAddress(text: string): string | undefined {
  const [, bracketed, plain = text.trim()] =
    /^\s*(?:\[([0-9a-f:.]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?\s*$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  return isIP(address) === 0 ? undefined : address;
}

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

/**
 * The last value of a list. A reverse proxy appends its value to what the client sent: the values before the last are the
 * client's own claims.
 */
function lastOf(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? value : value.join(",");
  return list.slice(list.lastIndexOf(",") + 1).trim();
}

/** The pairs of the last element of a `Forwarded` header (RFC 7239 section 4). */
function forwardedPairs(value: string | string[] | undefined): ReadonlyMap<string, string> {
  const pairs = (lastOf(value) ?? "").split(";").map((pair) => pair.split("=", 2));
  return new Map(
    pairs.map(([name = "", text = ""]) => [name.trim().toLowerCase(), text.trim().replace(/^"(.*)"$/, "$1")]),
  );
}

/**
 * The scheme that the client used. Over TLS it is always https: the virtual hosts of Katello's installers send no
 * `X-Forwarded-Proto` and pass the client's own through, which must not send a password to a plain http URL.
 */
function schemeOf({ transport }: Peer, said: string | undefined): Forwarded["proto"] | undefined {
  if (transport === "https") return "https";
  const scheme = said?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}

function withPort(host: string, proto: string, port: string | undefined): string {
  const usual = proto === "https" ? "443" : "80";
  const said = port !== undefined && /^[0-9]{1,5}$/.test(port) && port !== usual;
  return /:[0-9]+$/.test(host) || !said ? host : `${host}:${port}`;
}

/** What proxies add to a request that is somebody else's. */
const PASSED_ON = [
  ...["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  "x_rhsm_ssl_client_cert",
];

/** Whether an entry of `trusted_proxies` means a unix listener: `unix` for all, `unix:/path` for one. */
const isSocket = (entry: string): boolean => entry === "unix" || entry.startsWith("unix:/");

/** Knows the proxies, and what they say. */
export class TrustedProxies {
  readonly #addresses: BlockList;
  readonly #names: ReadonlySet<string>;
  readonly #sockets: ReadonlySet<string>;
  readonly #authorities: ClientCertificateAuthorities | undefined;
  /** Verifying a certificate takes longer than answering a request. */
  readonly #verdicts = new WeakMap<Peer, boolean>();

  constructor({ trustedProxies, authorities }: TrustedProxyOptions) {
    this.#addresses = addressList(trustedProxies);
    this.#names = new Set(trustedProxies.map(foldAscii));
    this.#sockets = new Set(trustedProxies.filter(isSocket));
    this.#authorities = authorities;
  }

  /** Whether a peer is one of them. */
  include(peer: Peer): boolean {
    const known = this.#verdicts.get(peer);
    if (known !== undefined) return known;
    const verdict = this.#judge(peer);
    this.#verdicts.set(peer, verdict);
    return verdict;
  }

  /**
   * Whether a request is somebody else's, passed on by one of them. A unix socket of theirs is for nothing else: they need
   * not say so, and some add no header.
   */
  passOn(peer: Peer, headers: IncomingHttpHeaders): boolean {
    const says = () => PASSED_ON.some((name) => headers[name] !== undefined);
    return this.include(peer) && (peer.transport === "unix" || says());
  }

  /** Scheme and host by which a client reached a trusted reverse proxy; undefined if the peer is none, or doesn't say. */
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
   * The caller's address: the peer's own, or where a proxy of ours says that it speaks for somebody, the last address in
   * `X-Forwarded-For` that is no proxy of ours.
   */
  clientAddress(peer: Peer, headers: IncomingHttpHeaders): string | undefined {
    const told = headers["x-forwarded-for"];
    if (typeof told !== "string" || !this.include(peer)) return peer.address;
    const addresses = told.split(",").map(plainAddress);
    const nearest = addresses.findLastIndex((address) => address === undefined || !this.#knows(address));
    return addresses[nearest === -1 ? 0 : nearest] ?? peer.address;
  }

  #judge({ transport, socketPath, address, certificate }: Peer): boolean {
    if (transport === "unix") return this.#sockets.has("unix") || this.#sockets.has(`unix:${socketPath}`);
    if (address !== undefined && this.#knows(address)) return true;
    const name = certificate && this.#authorities?.holderOf(certificate);
    return name !== undefined && this.#names.has(foldAscii(name));
  }

  #knows(address: string): boolean {
    return this.#addresses.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
}
