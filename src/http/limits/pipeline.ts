/** Serializes pipelined requests of one connection, and limits their number. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Serves a request; resolves when the reply has been sent. Never rejects. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Maximum number of waiting requests on one connection. No registry client pipelines requests. */
const MAX_WAITING = 32;

interface Connection {
  busy: boolean;
  readonly waiting: [IncomingMessage, ServerResponse][];
}

/**
 * Serves the requests of each connection one after the other, in the order in which the replies must be sent (RFC 9112
 * section 9.3.2), so that a connection takes no more resources than one request. Closes a connection with too many.
 * @param onFirstRequest called for the first request of each connection
 */
export function oneAtATime(
  handle: RequestHandler,
  onFirstRequest: (socket: Socket) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const connections = new WeakMap<Socket, Connection>();

  function serve(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.busy = true;
    void handle(request, response).then(() => {
      connection.busy = false;
      const next = connection.waiting.shift();
      // After a disconnect the other requests are dropped.
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
      onFirstRequest(socket);
    }
    if (!connection.busy) serve(connection, request, response);
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push([request, response]);
    else {
      connection.waiting.length = 0;
      socket.destroy();
    }
  };
}
