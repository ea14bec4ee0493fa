/**
 * A small Pulp that listens on a port of its own and answers letter by letter as a real Pulp behind Katello's Apache
 * does, for the demo and the tests. Its content is {@link makeDemoImages}; it keeps everything in memory.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { type DemoImage, makeDemoImages } from "./images.ts";
import {
  type Answer,
  type Ask,
  forbidden,
  type Generation,
  type RedirectStatus,
  unknownPath,
} from "./pulp-answers.ts";
import { answerContent } from "./pulp-content.ts";
import { answerIndex } from "./pulp-index.ts";
import { Links } from "./pulp-links.ts";
import { answerRegistry } from "./pulp-registry.ts";

const prefix = "/pulpcore_registry";
const longestMemory = 10_000;

/** How to start a {@link DemoPulp}. */
export interface DemoPulpOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Where to listen; default 127.0.0.1. */
  readonly host?: string;
  /** Certificate, key and the authority of client certificates, PEM. Without them: plain http, and everyone is let in. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** The common name that Apache lets in below `/pulpcore_registry/v2/`; default `gateway.example.org`. */
  readonly clientName?: string;
  /** Default 2.30. */
  readonly generation?: Generation;
  /** Milliseconds to wait before each answer; default 0. */
  readonly delay?: number;
  /** Where links lead, such as `https://pulp.example.org`; empty for links without an origin, as with CONTENT_ORIGIN=None; default: here. */
  readonly contentOrigin?: string;
  /** Seconds that a link is good for; default one hour. */
  readonly linkLife?: number;
  /** How links are given: default 302, as Pulp does it. */
  readonly redirectStatus?: RedirectStatus;
  /** Default: those of {@link makeDemoImages}. */
  readonly images?: readonly DemoImage[];
}

/** A request as it came in. */
export interface DemoRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** A running stand-in. */
export interface DemoPulp {
  /** Such as `https://localhost:43567`. */
  readonly origin: string;
  readonly port: number;
  /** By repository name; what is added is there as after a sync. */
  readonly images: Map<string, DemoImage>;
  /** What has come in, oldest first, the last 10,000 of them; may be emptied by setting its length. */
  readonly requests: DemoRequest[];
  /** Breaks open connections off and resolves when the port is free. */
  close(): Promise<void>;
}

/** Apache's `tolower:%{SSL_CLIENT_S_DN_CN}`. Without TLS there is no Apache, and the caller is trusted. */
function isAdmin(socket: Socket, clientName: string): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  return socket.authorized && `${socket.getPeerCertificate().subject?.CN}`.toLowerCase() === clientName;
}

/** Pulp keeps an id that is a GUID and makes its own in place of any other. */
function correlationId({ "correlation-id": id }: http.IncomingHttpHeaders): string {
  if (typeof id === "string" && /^[0-9a-f]{32}$/i.test(id.replaceAll("-", ""))) return id;
  return randomBytes(16).toString("hex");
}

function send(response: http.ServerResponse, { method, headers }: Ask, answer: Answer): void {
  const all: http.OutgoingHttpHeaders = { ...answer.headers };
  if (answer.django) all["Correlation-ID"] = correlationId(headers);
  if (method === "HEAD" && answer.body.length === 0) delete all["Content-Length"];
  const reason = answer.reason ?? http.STATUS_CODES[answer.status] ?? "";
  response.writeHead(answer.status, reason, all).end(method === "HEAD" ? undefined : answer.body);
}

/** Starts a stand-in for Pulp. @throws the error of `listen`, such as EADDRINUSE */
export async function startDemoPulp(options: DemoPulpOptions = {}): Promise<DemoPulp> {
  const { generation = "2.30", clientName = "gateway.example.org", delay = 0, tls } = options;
  const { redirectStatus = 302 } = options;
  const images = new Map((options.images ?? (await makeDemoImages())).map((image) => [image.name, image]));
  const links = new Links(options.linkLife);
  const requests: DemoRequest[] = [];
  let origin = "";

  const link = (path: string) => `${options.contentOrigin ?? origin}${links.sign(path)}`;
  const answerTo = (ask: Ask): Answer => {
    if (ask.path.startsWith("/pulp/container/")) return answerContent(ask, { generation, images, links });
    if (ask.path !== prefix && !ask.path.startsWith(`${prefix}/`)) return unknownPath();
    if (ask.path === `${prefix}/index/static` || ask.path === `${prefix}/index/dynamic`) {
      return answerIndex(ask, images, options.contentOrigin ?? origin);
    }
    if (!ask.admin && ask.path.startsWith(`${prefix}/v2/`)) return forbidden();
    const registry = { generation, images, link, redirectStatus };
    return answerRegistry({ ...ask, path: ask.path.slice(prefix.length) }, registry);
  };
  const listener = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const { method = "GET", url = "/", headers, socket } = request;
    requests.push({ method, url, headers });
    if (requests.length > longestMemory) requests.shift();
    request.resume();
    const admin = isAdmin(socket, clientName); // before the wait: a caller who has gone has no certificate
    if (delay > 0) await sleep(delay, undefined, { ref: false });
    const [path = "", ...query] = url.split("?");
    const ask = { method, path, query: query.join("?"), headers, admin };
    send(response, ask, answerTo(ask));
  };

  const server = tls
    ? https.createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener)
    : http.createServer(listener);
  // Apache's `SSLVerifyClient optional` takes no certificate, and breaks off at one that does not verify.
  server.on("secureConnection", (socket: TLSSocket) => {
    if (!socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0) socket.destroy();
  });
  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  origin = `${tls ? "https" : "http"}://localhost:${port}`;

  return {
    origin,
    port,
    images,
    requests,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
