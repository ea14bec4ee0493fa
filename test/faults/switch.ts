/** A switch in front of an upstream that forwards to it or misbehaves in its place, at the level of sockets and TLS. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import type { Pair } from "../../src/demo/certificates.ts";

/** Handles a request, given its head, on its connection. */
export type Act = (socket: TLSSocket, head: string) => void;

/** A kind of misbehaviour. */
export interface Misbehaviour {
  /** Replaces the upstream's certificate. */
  readonly certificate?: Pair;
  readonly act?: Act;
  /** True if nothing listens. */
  readonly closed?: boolean;
}

/** A switch in use. */
export interface Switch {
  readonly origin: string;
  /** Number of requests since it misbehaves. */
  asked(): number;
  /** Closes open connections and misbehaves from now on; undefined forwards again. */
  set(misbehaviour: Misbehaviour | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Handles the requests of a connection one by one. */
function serve(socket: Socket, certificate: Pair, act: Act): void {
  const secure = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ cert: certificate.cert, key: certificate.key }),
  });
  secure.on("error", () => undefined);
  let text = "";
  secure.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      act(secure, head);
    }
  });
}

/**
 * @param target the upstream, at https://localhost
 * @param certificate its certificate
 */
export async function openSwitch(target: string, certificate: Pair): Promise<Switch> {
  const sockets = new Set<Socket>();
  let now: Misbehaviour | undefined;
  let asked = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    const { act } = now ?? {};
    if (act !== undefined) {
      serve(socket, now?.certificate ?? certificate, (secure, head) => {
        asked += 1;
        act(secure, head);
      });
      return;
    }
    const far = connect(Number(new URL(target).port), "127.0.0.1");
    sockets.add(far);
    far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => far.destroy());
    socket.pipe(far).pipe(socket);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const breakOff = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    origin: `https://localhost:${port}`,
    asked: () => asked,
    set: async (misbehaviour) => {
      now = misbehaviour;
      asked = 0;
      if (now?.closed === true && server.listening) server.close();
      else if (now?.closed !== true && !server.listening) await listen(port);
      breakOff();
    },
    close: async () => {
      breakOff();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

const respond = (head: string, body: string | Buffer = "") =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n`),
    Buffer.from(body),
  ]);

/** Sends the same reply to each request. */
export const answering =
  (head: string, body?: string): Act =>
  (socket) =>
    void socket.write(respond(head, body));

/** Sends JSON, created for each request. */
export const answeringJson =
  (bodyOf: (head: string) => object, date?: () => Date): Act =>
  (socket, head) => {
    const time = date === undefined ? "" : `\r\nDate: ${date().toUTCString()}`;
    socket.write(respond(`200 OK\r\nContent-Type: application/json${time}`, JSON.stringify(bodyOf(head))));
  };

/** Sends JSON after a delay. @returns also the largest number of concurrent requests */
export function answeringLate(seconds: number, body: object) {
  const waiting = new Set<NodeJS.Timeout>();
  let most = 0;
  const act: Act = (socket) => {
    const late = setTimeout(() => {
      waiting.delete(late);
      socket.write(respond("200 OK\r\nContent-Type: application/json", JSON.stringify(body)));
    }, seconds * 1000);
    waiting.add(late);
    most = Math.max(most, waiting.size);
    socket.once("close", () => {
      clearTimeout(late);
      waiting.delete(late);
    });
  };
  return { act, most: () => most };
}

/** Misbehaviour of any upstream. */
export const MISBEHAVIOURS = {
  "down (nobody listens)": { closed: true },
  "resets each connection": { act: (socket) => void socket.destroy() },
  "breaks off half way": {
    act: (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"tags":["half', () =>
        socket.destroy(),
      ),
  },
  "answers garbage": { act: (socket) => void socket.end(Buffer.alloc(4096, "\x00\xff\r\n garbage")) },
  "answers 429": { act: answering("429 Too Many Requests\r\nRetry-After: 7") },
  "answers 500": { act: answering("500 Internal Server Error", "<h1>Server Error (500)</h1>") },
  "answers 502": { act: answering("502 Bad Gateway", "<h1>Bad Gateway</h1>") },
  "answers 504": { act: answering("504 Gateway Timeout", "<h1>Gateway Timeout</h1>") },
  "redirects without a Location": { act: answering("302 Found") },
  "redirects in a loop": {
    act: (socket, head) =>
      void socket.write(respond(`302 Found\r\nLocation: ${/^\w+ (\S+)/.exec(head)?.[1] ?? "/"}`)),
  },
  "answers with 10 MB of headers": {
    act: (socket) => void socket.write(respond(`200 OK\r\nX-Long: ${"x".repeat(10 * 1024 ** 2)}`)),
  },
} as const satisfies Readonly<Record<string, Misbehaviour>>;
