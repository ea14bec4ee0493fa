/** How many connections there are, in all and from one address, and which of them are one too many. */
import type { Socket } from "node:net";
import { networkOf } from "../auth/network.ts";
import type { ConnectionBound, ConnectionCount, Peer } from "../auth/peer.ts";

/** How many there may be. */
export interface ConnectionBounds {
  readonly most: number;
  readonly mostPerAddress: number;
  /** Proxies bring the connections of others: they have no bound of their own. */
  readonly exempt: (peer: Peer) => boolean;
}

/** Beyond a bound is room for so many more, who are told why they are turned away; the rest is closed without a word. */
const roomToTell = (bound: number): number => Math.ceil(bound / 10);

/** The connections of one process, counted in all and for each address. */
export class Connections implements ConnectionCount {
  readonly #bounds: ConnectionBounds;
  readonly #byNetwork = new Map<string, number>();
  readonly #sockets = new Set<Socket>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  /** Counts a connection until it ends, and closes it if there is not even room to tell why. */
  admit(socket: Socket, peer: Peer): void {
    const { most, mostPerAddress } = this.#bounds;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const { address } = peer;
    if (address !== undefined && !this.#bounds.exempt(peer)) {
      const count = this.#count(address, 1);
      socket.once("close", () => this.#count(address, -1));
      if (count > mostPerAddress + roomToTell(mostPerAddress)) socket.destroy();
    }
    if (this.#sockets.size > most + roomToTell(most)) socket.destroy();
  }

  /**
   * No longer counts a connection that was admitted for its address's: its handshake has told that it is a proxy's.
   * @param socket the one that the handshake made, which ends with the other
   */
  release(socket: Socket, peer: Peer): void {
    const { address } = peer;
    if (address === undefined || !this.#bounds.exempt(peer)) return;
    if (this.#bounds.exempt({ ...peer, certificate: undefined })) return;
    this.#count(address, -1);
    socket.once("close", () => this.#count(address, 1));
  }

  /** The bound that a connection has just gone over. */
  over(peer: Peer): ConnectionBound | undefined {
    const { most, mostPerAddress } = this.#bounds;
    if (this.#sockets.size > most) return "max_connections";
    const { address } = peer;
    const many = address !== undefined && (this.#byNetwork.get(networkOf(address)) ?? 0) > mostPerAddress;
    return many && !this.#bounds.exempt(peer) ? "max_connections_per_address" : undefined;
  }

  /** Cuts off all that are left, whether their handshake is through or not. */
  cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #count(address: string, change: 1 | -1): number {
    const network = networkOf(address);
    const count = (this.#byNetwork.get(network) ?? 0) + change;
    if (count !== 0) this.#byNetwork.set(network, count);
    else this.#byNetwork.delete(network);
    return count;
  }
}
