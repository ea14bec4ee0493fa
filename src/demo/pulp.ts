/**
 * A stand-in for Pulp behind Katello's Apache, for the demo and the tests. Its replies are identical to those of a real Pulp. Its
 * content is {@link makeDemoImages}, in memory.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { type DemoImage, makeDemoImages } from "./images.ts";
import { contentReply } from "./pulp-content.ts";
import { indexReply } from "./pulp-index.ts";
import { Links } from "./pulp-links.ts";
import { registryReply } from "./pulp-registry.ts";
import {
  forbidden,
  type Generation,
  type PulpReply,
  type PulpRequest,
  type RedirectStatus,
  unknownPath,
} from "./pulp-replies.ts";

const prefix = "/pulpcore_registry";
const MAX_REQUESTS = 10_000;

/** Settings of a {@link DemoPulp}. */
export interface DemoPulpOptions {
  /** Port; default 0, any free one. */
  readonly port?: number;
  /** Address; default 127.0.0.1. */
  readonly host?: string;
  /** Certificate, key and CA of client certificates, PEM. Without them it serves plain http and accepts every caller. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Common name that Apache accepts below `/pulpcore_registry/v2/`; default `gateway.example.org`. */
  readonly clientName?: string;
  /** Generation of Pulp; default 2.30. */
  readonly generation?: Generation;
  /** Delay of each reply in milliseconds; default 0. */
  readonly delay?: number;
  /** Origin of links, such as `https://pulp.example.org`; empty for links without an origin, as with CONTENT_ORIGIN=None; default: this server. */
  readonly contentOrigin?: string;
  /** Lifetime of links in seconds; default one hour. */
  readonly linkLife?: number;
  /** Status of redirects; default 302, as in Pulp. */
  readonly redirectStatus?: RedirectStatus;
  /** Images; default {@link makeDemoImages}. */
  readonly images?: readonly DemoImage[];
}

/** A request that the stand-in has received. */
export interface DemoRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** A running stand-in. */
export interface DemoPulp {
  /** Origin, such as `https://localhost:43567`. */
  readonly origin: string;
  readonly port: number;
  /** Images by repository name. An added one is served as after a sync. */
  readonly images: Map<string, DemoImage>;
  /** The last 10,000 requests, oldest first. Setting its length to 0 clears the list. */
  readonly requests: DemoRequest[];
  /** Closes all connections, and resolves when the port is free. */
  close(): Promise<void>;
}

/** Compares names as Apache's `tolower:%{SSL_CLIENT_S_DN_CN}`. Without TLS there is no Apache, and every caller is trusted. */
function isAdmin(socket: Socket, clientName: string): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  return socket.authorized && `${socket.getPeerCertificate().subject?.CN}`.toLowerCase() === clientName;
}

/** Returns the id of the request if it is a GUID, and a new one otherwise, as Pulp does. */
function correlationId({ "correlation-id": id }: http.IncomingHttpHeaders): string {
  if (typeof id === "string" && /^[0-9a-f]{32}$/i.test(id.replaceAll("-", ""))) return id;
  return randomBytes(16).toString("hex");
}

function send(response: http.ServerResponse, { method, headers }: PulpRequest, reply: PulpReply): void {
  const all: http.OutgoingHttpHeaders = { ...reply.headers };
  if (reply.django) all["Correlation-ID"] = correlationId(headers);
  if (method === "HEAD" && reply.body.length === 0) delete all["Content-Length"];
  const reason = reply.reason ?? http.STATUS_CODES[reply.status] ?? "";
  response.writeHead(reply.status, reason, all).end(method === "HEAD" ? undefined : reply.body);
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
  const replyTo = (pulpRequest: PulpRequest): PulpReply => {
    if (pulpRequest.path.startsWith("/pulp/container/"))
      return contentReply(pulpRequest, { generation, images, links });
    if (pulpRequest.path !== prefix && !pulpRequest.path.startsWith(`${prefix}/`)) return unknownPath();
    if (pulpRequest.path === `${prefix}/index/static` || pulpRequest.path === `${prefix}/index/dynamic`) {
      return indexReply(pulpRequest, images, options.contentOrigin ?? origin);
    }
    if (!pulpRequest.admin && pulpRequest.path.startsWith(`${prefix}/v2/`)) return forbidden();
    const registry = { generation, images, link, redirectStatus };
    return registryReply({ ...pulpRequest, path: pulpRequest.path.slice(prefix.length) }, registry);
  };
  const listener = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const { method = "GET", url = "/", headers, socket } = request;
    requests.push({ method, url, headers });
    if (requests.length > MAX_REQUESTS) requests.shift();
    request.resume();
    const admin = isAdmin(socket, clientName); // before the delay, because a closed socket has no certificate
    if (delay > 0) await sleep(delay, undefined, { ref: false });
    const [path = "", ...query] = url.split("?");
    const pulpRequest = { method, path, query: query.join("?"), headers, admin };
    send(response, pulpRequest, replyTo(pulpRequest));
  };

  const server = tls
    ? https.createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener)
    : http.createServer(listener);
  // Apache's `SSLVerifyClient optional` accepts a connection without a certificate, and closes one with an invalid certificate.
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
