/** Systems that are not what the settings expect: other pages, other protocols, systems that never reply. */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { pem } from "./folder.ts";

/** A running system. */
export interface OddSystem {
  /** Host and port by the name that its certificate has. */
  readonly host: string;
  close(): Promise<void>;
}

async function start(server: Server): Promise<OddSystem> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `localhost:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server over https. */
export const startPage = (
  respond: Respond,
  pair: { readonly cert: string; readonly key: string } = { cert: pem("server.crt"), key: pem("server.key") },
): Promise<OddSystem> => start(createHttps(pair, respond));

/** A web server over https that requires a client certificate in the handshake. */
export const startStrictPage = (respond: Respond): Promise<OddSystem> =>
  start(
    createHttps(
      {
        cert: pem("server.crt"),
        key: pem("server.key"),
        ca: pem("consumers.crt"),
        requestCert: true,
        rejectUnauthorized: true,
      },
      respond,
    ),
  );

/** A web server over plain http. */
export const startPlainPage = (respond: Respond): Promise<OddSystem> => start(createHttp(respond));

/** A port that accepts connections, and never sends a byte. */
export const startSilence = (): Promise<OddSystem> => start(createTcp());

/** A program that speaks neither HTTP nor TLS. */
export const startMailServer = (): Promise<OddSystem> =>
  start(createTcp((socket) => void socket.write("220 mail.example.org\r\n")));
