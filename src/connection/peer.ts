/** Who is at the other end of a connection. */
import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** The settings that bound connections. */
export type ConnectionBound = "max_connections" | "max_connections_per_address";

/** What is known of the other end, before a byte of the request is believed. */
export interface Peer {
  /** The address, absent over a unix socket. */
  readonly address: string | undefined;
  readonly transport: "http" | "https" | "unix";
  /** Path of the unix socket as the setting `listen` has it; absent for a socket that systemd opened. */
  readonly socketPath?: string | undefined;
  /** The address and port of the gateway itself that were reached. */
  readonly local: { readonly address: string | undefined; readonly port: number | undefined };
  /** The client certificate that was shown, if any of the authorities that are known here vouches for it. */
  readonly certificate: X509Certificate | undefined;
  /** The bound on connections that this one is beyond: its first request is refused, and it ends. */
  readonly over?: ConnectionBound | undefined;
}

/** Who counts connections. */
export interface ConnectionCount {
  /** Told of a connection whose handshake has shown who it is. */
  identified(socket: Socket, peer: Peer): void;
  /** The bound that a connection is beyond, if any. */
  over(peer: Peer): ConnectionBound | undefined;
}

/** Listener that took a connection. */
export interface Listener {
  readonly transport: Peer["transport"];
  /** Of a unix socket. */
  readonly path?: string | undefined;
}

const peers = new WeakMap<Socket, Peer>();

function shownCertificate(socket: Socket): X509Certificate | undefined {
  // What OpenSSL finds wrong with a chain is wrong, whoever's it is; by which authority it is right is asked later.
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

/**
 * Who is at the other end of a socket. That it came over a unix socket is told by its listener: a socket that has no
 * remote address any more is only one whose caller has gone.
 */
export function peerAt(socket: Socket, { transport, path }: Listener): Peer {
  return {
    address: transport === "unix" ? undefined : socket.remoteAddress?.replace(/^::ffff:/, ""),
    transport,
    socketPath: path,
    local: { address: socket.localAddress, port: socket.localPort },
    certificate: shownCertificate(socket),
  };
}

/** To be called once for each connection that requests may come by. */
export function rememberPeer(socket: Socket, listener: Listener, connections: ConnectionCount): void {
  const peer = peerAt(socket, listener);
  connections.identified(socket, peer);
  peers.set(socket, { ...peer, over: connections.over(peer) });
}

/** @throws Error for a connection that no listener of ours has announced */
export function peerOf(request: IncomingMessage): Peer {
  const peer = peers.get(request.socket);
  if (peer === undefined) throw new Error("the connection of this request was not announced by its listener");
  return peer;
}
