/** A stand-in for Foreman with Katello: the registry's `/v2/`, `token` and `_catalog`, as the gateway uses them. */
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { setTimeout } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import type { Pair } from "./certificates.ts";
import { Accounts, type DemoUser, type KatelloData } from "./katello-accounts.ts";
import type { KatelloReply } from "./katello-replies.ts";

export type { DemoUser } from "./katello-accounts.ts";

/** Settings and initial data of the stand-in. */
export interface DemoKatelloOptions extends KatelloData {
  /** Serves https, and requests (but does not require) client certificates of this CA; http if undefined. */
  tls?: { ca: string; server: Pair };
  /** Port on 127.0.0.1; default 0, any free one. */
  port?: number;
  /** Path of the registry; default `/v2`. */
  path?: string;
}

/** A request that the stand-in has received. */
export interface KatelloRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Common name of the client certificate, if it is valid. */
  client: string | undefined;
}

/** A change to one token reply: members removed from it, or another reply in its place. */
export type TokenTwist =
  | { without: readonly ("token" | "expires_in" | "issued_at")[] }
  | { status?: number; contentType?: string; body: string };

/** A running demo Katello. */
export interface DemoKatello {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly port: number;
  /** The last {@link MAX_REQUESTS} requests, oldest first. */
  readonly requests: readonly KatelloRequest[];
  /** Delay of each reply in milliseconds. */
  delay: number;
  /** Adds or replaces an account with its repositories; undefined deletes it with its token. */
  setUser(login: string, user: DemoUser | undefined): void;
  /** Adds a host or replaces its repositories; undefined deletes it. */
  setHost(uuid: string, repositories: readonly string[] | undefined): void;
  /** Revokes the registry token of a user, until the user logs in again. */
  revoke(login: string): void;
  /** Returns the number of failed logins of an address, as Foreman counts them. */
  failedLogins(address: string): number;
  /** Clears all failed logins. */
  clearFailedLogins(): void;
  /** Changes the next token reply to any caller; a second call changes the one after it. */
  twistNextToken(twist: TokenTwist): void;
  /** Clears the list of requests. */
  clearRequests(): void;
  close(): Promise<void>;
}

/** Number of requests that are kept in the list. */
export const MAX_REQUESTS = 1000;

/** Maximum size of headers, as in Puma. */
const MAX_HEADER_BYTES = 112 * 1024;

/** Starts the stand-in on 127.0.0.1. */
export async function startDemoKatello(options: DemoKatelloOptions): Promise<DemoKatello> {
  const accounts = new Accounts(options);
  const base = (options.path ?? "/v2").replace(/\/+$/, "");
  const requests: KatelloRequest[] = [];
  const twists: TokenTwist[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const received = toKatelloRequest(request);
    const caller = {
      headers: request.headers,
      address: request.socket.remoteAddress ?? "",
      certified: received.client !== undefined,
    };
    requests.push(received);
    if (requests.length > MAX_REQUESTS) requests.shift();
    request.resume();
    if (katello.delay > 0) await setTimeout(katello.delay);
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const route = path.replace(/\/+$/, "");
    if (request.method === "GET" && route === `${base}/token`)
      twist(request, response, accounts.token(caller, new URLSearchParams(query)), twists.shift());
    else if (request.method === "GET" && route === base) send(request, response, accounts.ping(caller));
    else if (request.method === "GET" && route === `${base}/_catalog`)
      send(request, response, accounts.catalog(caller));
    else if (request.method === "GET" && route === "/api/v2/current_user")
      send(request, response, accounts.currentUser(caller));
    else send(request, response, { status: 404, body: { error: { message: "no such route" } } });
  };

  const server =
    options.tls === undefined
      ? createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES }, handle)
      : createHttpsServer(
          {
            ...options.tls.server,
            ca: options.tls.ca,
            requestCert: true,
            rejectUnauthorized: false,
            maxHeaderSize: MAX_HEADER_BYTES,
          },
          handle,
        );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const katello: DemoKatello = {
    origin: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    requests,
    delay: 0,
    setUser: (login, user) => accounts.setUser(login, user),
    setHost: (uuid, repositories) => accounts.setHost(uuid, repositories),
    revoke: (login) => accounts.revoke(login),
    failedLogins: (address) => accounts.failures.count(address),
    clearFailedLogins: () => accounts.failures.clear(),
    twistNextToken: (change) => void twists.push(change),
    clearRequests: () => void requests.splice(0),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return katello;
}

function toKatelloRequest({ method = "", url = "", headers, socket }: IncomingMessage): KatelloRequest {
  const name =
    socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : "";
  return { method, url, headers, client: typeof name === "string" && name !== "" ? name : undefined };
}

/** Sends a reply. All replies of the registry have its version, but not the refusal of a login, which Foreman sends before it. */
function send(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { status, body, challenge }: KatelloReply,
): void {
  const { host = "" } = headers;
  const [name = ""] = host.split(":");
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    ...(status === 200 || challenge === true ? { "docker-distribution-api-version": "registry/2.0" } : {}),
    ...(challenge === true
      ? {
          "www-authenticate": `Bearer realm="https://${host}/v2/token",service="${name}",scope="repository:registry:pull,push"`,
        }
      : {}),
  });
  response.end(JSON.stringify(body));
}

function twist(
  request: IncomingMessage,
  response: ServerResponse,
  reply: KatelloReply,
  change: TokenTwist | undefined,
): void {
  if (change === undefined) {
    send(request, response, reply);
  } else if ("without" in change) {
    const members = Object.entries(reply.body ?? {}).filter(
      ([name]) => !change.without.some((removed) => removed === name),
    );
    send(request, response, { status: reply.status, body: Object.fromEntries(members) });
  } else {
    response.writeHead(change.status ?? 200, {
      "content-type": change.contentType ?? "application/json; charset=utf-8",
    });
    response.end(change.body);
  }
}
