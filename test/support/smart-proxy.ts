/** A Smart Proxy as it was seen to reply: five features, certificates by CN, sessions whose reply is not HTTP. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { pem } from "./folder.ts";

/** A request as the Smart Proxy received it. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** Names and values in turn, as they were sent. */
  readonly headers: readonly string[];
  /** Common name of the client certificate; undefined without one. */
  readonly caller: string | undefined;
  readonly port: number | undefined;
  readonly bodyBytes: number;
  readonly bodySha256: string;
}

/** The running stand-in. */
export interface StandInSmartProxy {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  /** True while it has the plugin, which allows every pull. */
  hasPlugin: boolean;
  /** Number of open connections. */
  connections(): Promise<number>;
  /** Closes the idle connections, as the real one does after 30 seconds. */
  closeIdle(): void;
  close(): Promise<void>;
}

const FEATURES = ["dynflow", "httpboot", "logs", "registration", "ssh"];
const FILE = "hello\n";

const commonNameOf = (socket: TLSSocket): string | undefined =>
  /^CN=(.+)$/m.exec(socket.getPeerX509Certificate()?.subject ?? "")?.[1];

async function read(request: IncomingMessage): Promise<{ bodyBytes: number; bodySha256: string }> {
  const hash = createHash("sha256");
  let bodyBytes = 0;
  for await (const chunk of request) {
    bodyBytes += chunk.length;
    hash.update(chunk);
  }
  return { bodyBytes, bodySha256: hash.digest("hex") };
}

function send(response: ServerResponse, [status, type, text]: Answer): void {
  if (status === 411) response.shouldKeepAlive = false;
  if (status === 404) response.setHeader("X-Cascade", "pass");
  if (status === 206) response.setHeader("Content-Range", "bytes 1-2/6");
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "X-Content-Type-Options": "nosniff",
    Server: "foreman-proxy/3.11.0",
  });
  response.end(text);
}

/** Status, content type and text of a reply. */
type Answer = readonly [status: number, type: string, text: string];

const json = (status: number, text: string): Answer => [status, "application/json", text];

function statesFor(caller: string | undefined, trusted: readonly string[]): Answer {
  if (caller === undefined) return json(403, "could not read client cert from environment");
  if (trusted.includes(caller))
    return json(
      200,
      JSON.stringify(Object.fromEntries(FEATURES.map((name) => [name, { state: "running" }]))),
    );
  return json(
    403,
    `Untrusted client ${caller} attempted to access /features. Check :trusted_hosts: in settings.yml`,
  );
}

function answerTo(
  { method, headers }: IncomingMessage,
  seen: SeenRequest,
  trusted: readonly string[],
): Answer {
  const [path = ""] = (seen.url ?? "").split("?", 1);
  const isLengthMissing =
    headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
  if ((method === "POST" || method === "PUT") && isLengthMissing)
    return [411, "text/html; charset=ISO-8859-1", "<H1>Length Required</H1>"];
  if (path === "/features" && method === "GET") return json(200, JSON.stringify(FEATURES));
  if (path === "/v2/features" && method === "GET") return statesFor(seen.caller, trusted);
  if (path === "/httpboot/hello.txt")
    return headers.range === "bytes=1-2" ? [206, "text/plain", FILE.slice(1, 3)] : [200, "text/plain", FILE];
  if (path.startsWith("/register") || path === "/ssh/jobs") return json(200, JSON.stringify(seen));
  return json(404, "Requested url was not found");
}

/**
 * Starts the stand-in.
 * @param trusted common names that it trusts
 * @param at port to listen on
 */
export async function startSmartProxy(trusted: readonly string[], at = 0): Promise<StandInSmartProxy> {
  const requests: SeenRequest[] = [];
  const standIn = { hasPlugin: false };
  const server = createServer(
    {
      key: pem("server.key"),
      cert: pem("server.crt"),
      ca: [pem("ca.crt"), pem("consumers.crt")],
      requestCert: true,
      rejectUnauthorized: false,
      keepAliveTimeout: 30_000,
    },
    async (request, response) => {
      const socket = request.socket as TLSSocket;
      const seen: SeenRequest = {
        method: request.method,
        url: request.url,
        headers: request.rawHeaders,
        caller: commonNameOf(socket),
        port: socket.remotePort,
        ...(await read(request)),
      };
      requests.push(seen);
      const isPlugins = standIn.hasPlugin && request.url?.startsWith("/container_gateway/");
      send(response, isPlugins ? json(200, '{"token":"of the plugin"}') : answerTo(request, seen, trusted));
    },
  );
  // Never answered: the caller waits in vain.
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  server.on("secureConnection", (socket: TLSSocket) => {
    if (!socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy();
  });
  server.on("upgrade", (request: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    const caller = commonNameOf(socket);
    requests.push({
      method: request.method,
      url: request.url,
      headers: request.rawHeaders,
      caller,
      port: socket.remotePort,
      bodyBytes: head.length,
      bodySha256: "",
    });
    if (caller === undefined || !trusted.includes(caller) || request.headers.connection !== "upgrade") {
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    socket.write("Status: 101\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n");
    const body = Number(request.headers["content-length"] ?? 0);
    let skipped = 0;
    const echo = (chunk: Buffer) => {
      const skip = Math.min(chunk.length, body - skipped);
      skipped += skip;
      if (chunk.length > skip) socket.write(`echo ${chunk.subarray(skip).toString()}`);
    };
    echo(head);
    socket.on("data", echo);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(standIn, {
    url: `https://localhost:${port}`,
    port,
    requests,
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    closeIdle: () => server.closeIdleConnections(),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
