/** Who is at the other end of a connection. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** What is known of the other end, before a byte of the request is believed. */
export interface Peer {
  /** The address, absent over a unix socket. */
  readonly address: string | undefined;
  readonly transport: "http" | "https" | "unix";
  /** The address and port of the gateway itself that were reached. */
  readonly local: { readonly address: string | undefined; readonly port: number | undefined };
  /** The common name of a client certificate that the configured authority signed. */
  readonly commonName: string | undefined;
}

const peers = new WeakMap<Socket, Peer>();

function verifiedCommonName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // Node.js gives null, against its types, for a connection that is gone already.
  const certificate: { subject?: { CN?: unknown } } | null = socket.getPeerCertificate();
  const commonName = certificate?.subject?.CN;
  // A certificate with several common names is nobody's: which one would count?
  return typeof commonName === "string" && commonName !== "" ? commonName : undefined;
}

/**
 * To be called once for each new connection. That a connection came over a unix socket is told by its listener: a
 * socket that has no remote address any more is only one whose caller has gone.
 */
export function rememberPeer(socket: Socket, transport: Peer["transport"]): void {
  peers.set(socket, {
    address: transport === "unix" ? undefined : socket.remoteAddress?.replace(/^::ffff:/, ""),
    transport,
    local: { address: socket.localAddress, port: socket.localPort },
    commonName: verifiedCommonName(socket),
  });
}

/** @throws Error for a connection that no listener of ours has announced */
export function peerOf(request: IncomingMessage): Peer {
  const peer = peers.get(request.socket);
  if (peer === undefined) throw new Error("the connection of this request was not announced by its listener");
  return peer;
}
