/** Requests that come over one connection before the answer to the first is out: one after the other, and only some. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Answers a request; resolves when the answer is out. Never rejects. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Requests that wait behind the one that is answered. No client of ours sends a second before the first is answered. */
const MAX_WAITING = 32;

interface Connection {
  busy: boolean;
  readonly waiting: [IncomingMessage, ServerResponse][];
}

/**
 * Answers the requests of each connection in their order, as their answers have to go out in any case (RFC 9112 section
 * 9.3.2): many requests on one connection take no more of the gateway than one. A connection with too many is closed.
 */
export function oneAtATime(answer: Answering): (request: IncomingMessage, response: ServerResponse) => void {
  const connections = new WeakMap<Socket, Connection>();

  function serve(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.busy = true;
    void answer(request, response).then(() => {
      connection.busy = false;
      const next = connection.waiting.shift();
      // Whoever has gone wants none of the others answered.
      if (next !== undefined && !request.socket.destroyed) serve(connection, ...next);
    });
  }

  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    let connection = connections.get(socket);
    if (connection === undefined) {
      connection = { busy: false, waiting: [] };
      connections.set(socket, connection);
    }
    if (!connection.busy) serve(connection, request, response);
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push([request, response]);
    else {
      connection.waiting.length = 0;
      socket.destroy();
    }
  };
}
