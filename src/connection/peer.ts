/** The peer of a connection: address, transport and client certificate. */
import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { siteOf } from "./network.ts";
import type { Endpoints } from "./proxy-protocol-header.ts";

/** Settings that limit connections. */
export type ConnectionLimit = "max_connections" | "max_connections_per_address";

/** Facts about the other end of a connection that do not depend on the request. */
export interface Peer {
  /** Address of the peer, as a load balancer passes it on by the PROXY protocol; absent over a unix socket. */
  readonly address: string | undefined;
  readonly transport: "http" | "https" | "unix";
  /** Path of the unix socket in the setting `listen`; absent for a socket that systemd opened. */
  readonly socketPath?: string | undefined;
  /** Address and port that the peer connected to: the gateway's, or the load balancer's. */
  readonly local: { readonly address: string | undefined; readonly port: number | undefined };
  /** Client certificate of the connection, if one of the configured CAs signed it. */
  readonly certificate: X509Certificate | undefined;
}

/** The peer of an established connection, with what each of its requests needs. */
export interface ConnectedPeer extends Peer {
  /** Limit that this connection exceeds: the gateway refuses its first request and closes it. */
  readonly exceededLimit: ConnectionLimit | undefined;
  /** True for a trusted reverse proxy. */
  readonly isReverseProxy: boolean;
  /** Site of the address: an IPv4 address, or the /48 network of an IPv6 address. */
  readonly site: string | undefined;
  /** False if no request of this connection can come with a host certificate: neither TLS nor a reverse proxy has one. */
  readonly mayBeHost: boolean;
}

/** Counts connections. */
export interface ConnectionCounter {
  /** Called when the TLS handshake of a connection is complete, or at once for plain connections. */
  identified(socket: Socket, peer: Peer): void;
  /** Limit that a connection exceeds, if any. */
  exceededLimit(peer: Peer): ConnectionLimit | undefined;
}

/** Listener that accepted a connection. */
export interface Listener {
  readonly transport: Peer["transport"];
  /** Path of a unix socket. */
  readonly path?: string | undefined;
}

/** Dependencies of {@link registerPeer}. */
export interface PeerRegistry {
  readonly connections: ConnectionCounter;
  readonly isReverseProxy: (peer: Peer) => boolean;
}

const peers = new WeakMap<Socket, ConnectedPeer>();

/** Addresses that load balancers pass on, by the connection's own. */
const reported = new Map<string, Endpoints>();

/** Key of a connection, equal for the TCP socket and the TLS socket on top of it. */
const keyOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;

/** Replaces the addresses of a connection by those that its load balancer passes on. */
export function reportEndpoints(socket: Socket, endpoints: Endpoints): void {
  const key = keyOf(socket);
  reported.set(key, endpoints);
  socket.once("close", () => {
    // A new connection may have the same addresses by now.
    if (reported.get(key) === endpoints) reported.delete(key);
  });
}

const reportedEndpoints = (socket: Socket): Endpoints | undefined =>
  reported.size === 0 ? undefined : reported.get(keyOf(socket));

/** Address of the client of a TCP connection. */
export const addressOf = (socket: Socket): string | undefined =>
  reportedEndpoints(socket)?.client.address ?? socket.remoteAddress?.replace(/^::ffff:/, "");

function verifiedCertificate(socket: Socket): X509Certificate | undefined {
  // OpenSSL has verified the chain against all CAs; each caller of this checks later which CA signed it.
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

/**
 * Describes the peer of a socket. The listener tells if it is a unix socket: a socket without a remote address may also be
 * a TCP socket whose client has disconnected.
 */
export function peerAt(socket: Socket, { transport, path }: Listener): Peer {
  return {
    address: transport === "unix" ? undefined : addressOf(socket),
    transport,
    socketPath: path,
    local: reportedEndpoints(socket)?.server ?? { address: socket.localAddress, port: socket.localPort },
    certificate: verifiedCertificate(socket),
  };
}

/** Registers the peer of a connection. Called once for each connection, before its first request. */
export function registerPeer(
  socket: Socket,
  listener: Listener,
  { connections, isReverseProxy }: PeerRegistry,
): void {
  const peer = peerAt(socket, listener);
  connections.identified(socket, peer);
  const isProxy = isReverseProxy(peer);
  peers.set(socket, {
    ...peer,
    exceededLimit: connections.exceededLimit(peer),
    isReverseProxy: isProxy,
    site: peer.address === undefined ? undefined : siteOf(peer.address),
    // A certificate that the handshake refused is reported to its owner.
    mayBeHost: isProxy || (socket instanceof TLSSocket && socket.getPeerX509Certificate() !== undefined),
  });
}

/** @throws Error for a connection that {@link registerPeer} was not called for */
export function peerOf(request: IncomingMessage): ConnectedPeer {
  const peer = peers.get(request.socket);
  if (peer === undefined) throw new Error("the listener did not register the connection of this request");
  return peer;
}
