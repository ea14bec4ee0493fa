/** Connections that the façade passes on as bytes. */
import type { Socket } from "node:net";
import { AWAY, refusalText } from "./refusals.ts";
import type { SmartProxy } from "./smart-proxy.ts";

/** Connects two sockets until both have ended. An error of one destroys both. */
function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on("error", () => peer.destroy());
    socket.once("close", () => peer.destroy());
  }
}

/**
 * Passes a TLS connection on without decrypting it: the Smart Proxy identifies hosts by the certificate of their own
 * connection.
 */
export function splice(caller: Socket, smartProxy: SmartProxy, onConnected: () => void): void {
  const upstream = smartProxy.connectPlain();
  upstream.once("connect", onConnected);
  for (const socket of [caller, upstream]) socket.setNoDelay(true).setKeepAlive(true);
  join(caller, upstream);
}

/**
 * Sends the beginning of a request over a connection of its own, then passes bytes in both directions: for the console's
 * sessions, whose reply is not HTTP.
 * @param start the beginning of the request
 */
export function relay(
  caller: Socket,
  start: readonly (string | Uint8Array)[],
  { smartProxy, isTrusted }: { readonly smartProxy: SmartProxy; readonly isTrusted: boolean },
): void {
  const upstream = smartProxy.connect(isTrusted);
  const fail = () => caller.end(refusalText(AWAY));
  upstream.once("error", fail);
  upstream.on("error", () => undefined);
  caller.once("close", () => upstream.destroy());
  caller.on("error", () => upstream.destroy());
  upstream.once("secureConnect", () => {
    upstream.off("error", fail);
    for (const part of start) upstream.write(part);
    caller.setTimeout(0);
    join(caller, upstream);
  });
}
