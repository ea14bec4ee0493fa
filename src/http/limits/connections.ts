/** How many connections there are, in all and from one address, and which of them are one too many. */
import type { Socket } from "node:net";
import { networkOf, siteOf } from "../../connection/network.ts";
import type { ConnectionBound, ConnectionCount, Peer } from "../../connection/peer.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";

/** How many there may be. */
export interface ConnectionBounds {
  /** Beside those that are exempt, and those of unix sockets. */
  readonly most: number;
  /** Of an IPv4 address or an IPv6 /64 network. */
  readonly mostPerAddress: number;
  /** Reverse proxies bring the connections of others: they have no bound of their own. */
  readonly exempt: (peer: Peer) => boolean;
  /** Told of each connection that is accepted. */
  readonly onAccept?: (() => void) | undefined;
}

/** Milliseconds for which an address that has broken the rules is not served, and how many of them are known. */
const BLOCK_MS = 10_000;
const MAX_BLOCKED = 10_000;

/** Networks of an IPv6 /48 that may each hold as many connections as one address. */
const NETWORKS_PER_SITE = 4;

/**
 * Beyond a bound is room for so many more, who are told why they are turned away. Monitors and Katello are served there.
 */
const roomToTell = (bound: number): number => Math.ceil(bound / 10);

/** A connection that counts. */
interface Counted {
  readonly socket: Socket;
  readonly address: string;
  readonly ends: string;
}

/** Tells a connection by both its sockets: that of TCP, and the one that a TLS handshake makes of it. */
const endsOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;

/** The connections of one process, counted in all and for each address. */
export class Connections implements ConnectionCount {
  readonly #bounds: ConnectionBounds;
  readonly #perNetwork = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #counted = new Set<Counted>();
  /** Addresses of which no connection is taken until some time. */
  readonly #shunned = new BoundedMap<string, number>(MAX_BLOCKED);
  readonly #byEnds = new Map<string, Counted>();
  /** Those that have sent no whole request yet, the oldest first. */
  readonly #withoutRequest = new Set<Counted>();
  /** Those of them whose requests come by a socket. */
  readonly #bySocket = new WeakMap<Socket, Counted>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  /** Counts a connection until it ends. Closes it if there is not even room to tell why, or another that is silent. */
  admit(socket: Socket, peer: Peer): void {
    this.#bounds.onAccept?.();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const { address } = peer;
    if (address === undefined || this.#bounds.exempt(peer)) return;
    if ((this.#shunned.get(networkOf(address)) ?? 0) > performance.now()) {
      socket.destroy();
      return;
    }
    const counted = { socket, address, ends: endsOf(socket) };
    this.#count(counted);
    socket.once("close", () => this.#discount(counted));
    if (this.#mostOf(address, (bound) => bound + roomToTell(bound))) socket.destroy();
    const { most } = this.#bounds;
    if (this.#counted.size <= most) return;
    const [oldest] = this.#withoutRequest;
    // Who has just come may be about to speak.
    if (oldest !== undefined && oldest !== counted) this.#drop(oldest);
    else if (this.#counted.size > most + roomToTell(most)) socket.destroy();
  }

  /**
   * Told of a connection that requests may come by. One whose handshake has told that it is a reverse proxy's no longer
   * counts.
   * @param socket the one that was admitted, or the one that the handshake made of it
   */
  identified(socket: Socket, peer: Peer): void {
    const counted = this.#byEnds.get(endsOf(socket));
    if (counted === undefined) return;
    if (this.#bounds.exempt(peer)) this.#discount(counted);
    else this.#bySocket.set(socket, counted);
  }

  /** Takes no more connections of an address for a while: it has broken the rules on one. */
  shun(socket: Socket): void {
    const counted = this.#byEnds.get(endsOf(socket));
    if (counted !== undefined) this.#shunned.set(networkOf(counted.address), performance.now() + BLOCK_MS);
  }

  /** Told of a whole request. */
  requestReceived(socket: Socket): void {
    const counted = this.#bySocket.get(socket);
    if (counted === undefined) return;
    this.#withoutRequest.delete(counted);
    this.#bySocket.delete(socket);
  }

  /** The bound that a connection has just gone over. */
  over(peer: Peer): ConnectionBound | undefined {
    const { address } = peer;
    if (address === undefined || this.#bounds.exempt(peer)) return undefined;
    if (this.#counted.size > this.#bounds.most) return "max_connections";
    return this.#mostOf(address, (bound) => bound) ? "max_connections_per_address" : undefined;
  }

  /** Cuts off all that are left, whether their handshake is through or not. */
  cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Whether an address, or the site that it is part of, has more connections than may be. */
  #mostOf(address: string, may: (bound: number) => number): boolean {
    const { mostPerAddress } = this.#bounds;
    return keysOf(address).some(
      (key, index) =>
        (this.#perNetwork.get(key) ?? 0) >
        may(index === 0 ? mostPerAddress : NETWORKS_PER_SITE * mostPerAddress),
    );
  }

  #count(counted: Counted): void {
    this.#counted.add(counted);
    this.#byEnds.set(counted.ends, counted);
    this.#withoutRequest.add(counted);
    this.#add(counted.address, 1);
  }

  #discount(counted: Counted): void {
    if (!this.#counted.delete(counted)) return;
    this.#withoutRequest.delete(counted);
    // A new connection may have the same ends by now.
    if (this.#byEnds.get(counted.ends) === counted) this.#byEnds.delete(counted.ends);
    this.#add(counted.address, -1);
  }

  #drop(counted: Counted): void {
    this.#discount(counted);
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

/** What an address counts for: itself or its /64, and of IPv6 its /48. */
function keysOf(address: string): readonly string[] {
  const network = networkOf(address);
  return network.includes(":") ? [network, `${siteOf(address)}::/48`] : [network];
}
