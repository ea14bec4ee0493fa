/** Connections of load balancers, which begin with a header of the PROXY protocol. */
import type { Server as NetServer, Socket } from "node:net";
import type { Logger } from "pino";
import type { AddressSet } from "../connection/address-set.ts";
import { reportEndpoints } from "../connection/peer.ts";
import { readProxyHeader } from "../connection/proxy-protocol-header.ts";

/** Puts a step before a server's own handling of a new connection, which `serve` continues. */
export function interceptConnections(
  server: NetServer,
  intercept: (socket: Socket, serve: () => void) => void,
): void {
  const own = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) =>
    intercept(socket, () => {
      for (const listener of own) Reflect.apply(listener, server, [socket]);
    }),
  );
}

/** Connections of each server whose header has not arrived yet. */
const waiting = new WeakMap<NetServer, Set<Socket>>();

/** Closes the connections whose header has not arrived yet. */
export function closeWaiting(server: NetServer): void {
  for (const socket of waiting.get(server) ?? []) socket.destroy();
}

/** Options of {@link expectHeaders}. */
export interface HeaderOptions {
  /** Addresses whose connections begin with a header. All others have none. */
  readonly balancers: AddressSet;
  /** Time within which the header must have arrived. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/**
 * Has a server on TCP read the headers of load balancers' connections, which have the client's address from then on. Closes
 * connections without a valid header, and logs why.
 */
export function expectHeaders(server: NetServer, { balancers, timeoutMs, log }: HeaderOptions): void {
  const pending = new Set<Socket>();
  waiting.set(server, pending);
  interceptConnections(server, (socket, serve) => {
    const address = socket.remoteAddress?.replace(/^::ffff:/, "");
    // Whoever has disconnected already may be a load balancer.
    if (address === undefined) return void socket.destroy();
    if (!balancers.includes(address)) return serve();
    pending.add(socket);
    socket.once("close", () => pending.delete(socket));
    const refuse = (reason: string) => {
      socket.destroy();
      log.warn(
        { address, reason },
        "connection closed: a load balancer of proxy_protocol_from must begin with a valid PROXY header",
      );
    };
    awaitHeader(socket, timeoutMs, { refuse, complete: () => pending.delete(socket) && serve() });
  });
}

/** Results of {@link awaitHeader}. */
interface HeaderResults {
  refuse(reason: string): void;
  /** Called when the connection has its addresses, and its next byte is the client's first one. */
  complete(): void;
}

function awaitHeader(socket: Socket, timeoutMs: number, { refuse, complete }: HeaderResults): void {
  let received: Buffer = Buffer.alloc(0);
  const timer = setTimeout(
    () => finish(() => refuse(`no header arrived within ${timeoutMs / 1000} s (header_timeout)`)),
    timeoutMs,
  );
  const fail = () => socket.destroy();
  const stop = () => clearTimeout(timer);
  function finish(then: () => void) {
    stop();
    socket.off("readable", read).off("end", end).off("close", stop);
    then();
    // A connection that is being closed may still fail.
    if (!socket.destroyed) socket.off("error", fail);
  }
  function end() {
    // Some monitors connect and say nothing.
    finish(received.length > 0 ? () => refuse("the connection ended within the header") : fail);
  }
  function read() {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read())
      received = Buffer.concat([received, chunk]);
    const header = readProxyHeader(received);
    if (header.state === "incomplete") return;
    finish(() => {
      if (header.state === "invalid") return refuse(header.reason);
      if (header.endpoints !== undefined) reportEndpoints(socket, header.endpoints);
      if (received.length > header.length) socket.unshift(received.subarray(header.length));
      complete();
    });
  }
  socket.on("readable", read).on("end", end).on("close", stop).on("error", fail);
}
