/** Limits the number of connections, in total and per address. */
import type { Socket } from "node:net";
import { networkOf, siteOf } from "../../connection/network.ts";
import type { ConnectionCounter, ConnectionLimit, Peer } from "../../connection/peer.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";

/** Limits on connections. */
export interface ConnectionLimits {
  /** Maximum in total. Exempt peers and unix sockets do not count. */
  readonly max: number;
  /** Maximum for an IPv4 address or an IPv6 /64 network. */
  readonly maxPerAddress: number;
  /** True for reverse proxies, which carry the requests of many clients. */
  readonly isExempt: (peer: Peer) => boolean;
  /** Called for each accepted connection. */
  readonly onAccept?: (() => void) | undefined;
}

/** Time for which an address is blocked after abuse, and maximum number of blocked addresses. */
const BLOCK_MS = 10_000;
const MAX_BLOCKED = 10_000;

/** Factor by which an IPv6 /48 may have more connections than one address. */
const NETWORKS_PER_SITE = 4;

/** Connections above a limit that are accepted to be refused with a reply. Monitoring and Katello are served on them. */
const refusalReserve = (bound: number): number => Math.ceil(bound / 10);

/**
 * Connections of an address above its limit that get a reply in a second. A reply costs far more than a closed connection, and a caller
 * who comes back at once would take the time in which others are accepted.
 */
const MAX_REFUSALS_PER_S = 25;

/** A connection that counts against the limits. */
interface CountedConnection {
  readonly socket: Socket;
  readonly address: string;
  readonly endpoints: string;
}

/** Key of a connection, equal for the TCP socket and the TLS socket on top of it. */
const endpointsOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;

/** Counts the connections of one process, in total and per address. */
export class Connections implements ConnectionCounter {
  readonly #limits: ConnectionLimits;
  readonly #perNetwork = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #counted = new Set<CountedConnection>();
  /** Blocked addresses with the end of the block. */
  readonly #blocked = new BoundedMap<string, number>(MAX_BLOCKED);
  readonly #byEndpoints = new Map<string, CountedConnection>();
  /** Connections that have not sent a complete request yet, oldest first. */
  readonly #withoutRequest = new Set<CountedConnection>();
  /** The same connections by the socket that receives their requests. */
  readonly #bySocket = new WeakMap<Socket, CountedConnection>();
  /** Connections above a limit in the current second, by IPv4 address or IPv6 /48. */
  readonly #refusals = new Map<string, number>();
  #refusalsSinceMs = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection until it ends. Over the limit, closes the oldest connection without a request, or this one if there
   * is no room to reply to it.
   */
  admit(socket: Socket, peer: Peer): void {
    this.#limits.onAccept?.();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const { address } = peer;
    if (address === undefined || this.#limits.isExempt(peer)) return;
    if ((this.#blocked.get(networkOf(address)) ?? 0) > performance.now()) {
      socket.destroy();
      return;
    }
    const counted = { socket, address, endpoints: endpointsOf(socket) };
    this.#count(counted);
    socket.once("close", () => this.#uncount(counted));
    const isOver = this.#exceedsAddressLimit(address, (bound) => bound);
    if (
      isOver &&
      (!this.#mayReply(address) ||
        this.#exceedsAddressLimit(address, (bound) => bound + refusalReserve(bound)))
    )
      socket.destroy();
    const { max } = this.#limits;
    if (this.#counted.size <= max) return;
    const [oldest] = this.#withoutRequest;
    // The newest connection may be about to send a request.
    if (oldest !== undefined && oldest !== counted) this.#drop(oldest);
    else if (this.#counted.size > max + refusalReserve(max)) socket.destroy();
  }

  /**
   * Called when the peer of a connection is known. A connection whose certificate identifies a reverse proxy no longer
   * counts.
   * @param socket the admitted socket, or the TLS socket on top of it
   */
  identified(socket: Socket, peer: Peer): void {
    const counted = this.#byEndpoints.get(endpointsOf(socket));
    if (counted === undefined) return;
    if (this.#limits.isExempt(peer)) this.#uncount(counted);
    else this.#bySocket.set(socket, counted);
  }

  /** Blocks the address of a connection for a while, after abuse. */
  block(socket: Socket): void {
    const counted = this.#byEndpoints.get(endpointsOf(socket));
    if (counted !== undefined) this.#blocked.set(networkOf(counted.address), performance.now() + BLOCK_MS);
  }

  /** Called for each complete request. */
  requestReceived(socket: Socket): void {
    const counted = this.#bySocket.get(socket);
    if (counted === undefined) return;
    this.#withoutRequest.delete(counted);
    this.#bySocket.delete(socket);
  }

  /** Limit that is exceeded with this connection, if any. */
  exceededLimit(peer: Peer): ConnectionLimit | undefined {
    const { address } = peer;
    if (address === undefined || this.#limits.isExempt(peer)) return undefined;
    if (this.#counted.size > this.#limits.max) return "max_connections";
    return this.#exceedsAddressLimit(address, (bound) => bound) ? "max_connections_per_address" : undefined;
  }

  /** Destroys all connections, including those in the TLS handshake. */
  cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Counts a connection above the limit of its address. Returns false if there have been too many in this second. */
  #mayReply(address: string): boolean {
    const now = performance.now();
    if (now - this.#refusalsSinceMs >= 1_000) {
      this.#refusals.clear();
      this.#refusalsSinceMs = now;
    }
    const site = siteOf(address);
    const count = (this.#refusals.get(site) ?? 0) + 1;
    this.#refusals.set(site, count);
    return count <= MAX_REFUSALS_PER_S;
  }

  /** True if an address, or its IPv6 /48, has more connections than allowed. */
  #exceedsAddressLimit(address: string, limitOf: (bound: number) => number): boolean {
    const { maxPerAddress } = this.#limits;
    return keysOf(address).some(
      (key, index) =>
        (this.#perNetwork.get(key) ?? 0) >
        limitOf(index === 0 ? maxPerAddress : NETWORKS_PER_SITE * maxPerAddress),
    );
  }

  #count(counted: CountedConnection): void {
    this.#counted.add(counted);
    this.#byEndpoints.set(counted.endpoints, counted);
    this.#withoutRequest.add(counted);
    this.#add(counted.address, 1);
  }

  #uncount(counted: CountedConnection): void {
    if (!this.#counted.delete(counted)) return;
    this.#withoutRequest.delete(counted);
    // A new connection may have the same endpoints by now.
    if (this.#byEndpoints.get(counted.endpoints) === counted) this.#byEndpoints.delete(counted.endpoints);
    this.#add(counted.address, -1);
  }

  #drop(counted: CountedConnection): void {
    this.#uncount(counted);
    counted.socket.destroy();
  }

  #add(address: string, change: 1 | -1): void {
    for (const key of keysOf(address)) {
      const count = (this.#perNetwork.get(key) ?? 0) + change;
      if (count !== 0) this.#perNetwork.set(key, count);
      else this.#perNetwork.delete(key);
    }
  }
}

/** Keys that an address counts for: itself or its /64, and the /48 of an IPv6 address. */
function keysOf(address: string): readonly string[] {
  const network = networkOf(address);
  return network.includes(":") ? [network, `${siteOf(address)}::/48`] : [network];
}
