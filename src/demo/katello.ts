/** A small Foreman with Katello: the registry's entry, `token` and `_catalog` as the gateway asks for them. */
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
import { Accounts, type DemoUser, type KnownToKatello } from "./katello-accounts.ts";
import type { Answer } from "./katello-replies.ts";

export type { DemoUser } from "./katello-accounts.ts";

/** How the stand-in listens, and what it knows at first. */
export interface DemoKatelloOptions extends KnownToKatello {
  /** Serves https, and asks for client certificates of this authority without insisting on one; left out: http. */
  tls?: { ca: string; server: Pair };
  /** Port on 127.0.0.1; 0, the default, lets the system choose. */
  port?: number;
  /** Where the registry is served, default `/v2`. */
  path?: string;
}

/** A request that the stand-in has got. */
export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Common name in the client certificate, if one came and the authority signed it. */
  client: string | undefined;
}

/** A change to one token answer: members left out of it, or another answer in its place. */
export type TokenTwist =
  | { without: readonly ("token" | "expires_in" | "issued_at")[] }
  | { status?: number; contentType?: string; body: string };

/** A running demo Katello. */
export interface DemoKatello {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly port: number;
  /** The last {@link MAX_REQUESTS} requests, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Milliseconds to wait before each answer. */
  delay: number;
  /** Adds an account or replaces it, also its repositories; undefined takes it away with its token. */
  setUser(login: string, user: DemoUser | undefined): void;
  /** Adds a host or replaces what it may pull; undefined takes it away. */
  setHost(uuid: string, repositories: readonly string[] | undefined): void;
  /** Revokes the registry token of a user, until that user logs in anew. */
  revoke(login: string): void;
  /** Failed logins that an address has, as Foreman counts them. */
  failedLogins(address: string): number;
  /** Forgets all failed logins. */
  forgetFailedLogins(): void;
  /** Changes the next token answer, whoever asks; called again, the one after it. */
  twistNextToken(twist: TokenTwist): void;
  /** Forgets the requests seen so far. */
  forgetRequests(): void;
  close(): Promise<void>;
}

/** How many requests are remembered. */
export const MAX_REQUESTS = 1000;

/** Bytes of headers that are read, as Puma has it. */
const MAX_HEADER_BYTES = 112 * 1024;

/** Starts the stand-in on 127.0.0.1. */
export async function startDemoKatello(options: DemoKatelloOptions): Promise<DemoKatello> {
  const accounts = new Accounts(options);
  const base = (options.path ?? "/v2").replace(/\/+$/, "");
  const requests: SeenRequest[] = [];
  const twists: TokenTwist[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = seen(request);
    const asking = {
      headers: request.headers,
      address: request.socket.remoteAddress ?? "",
      certified: asked.client !== undefined,
    };
    requests.push(asked);
    if (requests.length > MAX_REQUESTS) requests.shift();
    request.resume();
    if (katello.delay > 0) await setTimeout(katello.delay);
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const route = path.replace(/\/+$/, "");
    if (request.method === "GET" && route === `${base}/token`)
      twist(request, response, accounts.token(asking, new URLSearchParams(query)), twists.shift());
    else if (request.method === "GET" && route === base) send(request, response, accounts.ping(asking));
    else if (request.method === "GET" && route === `${base}/_catalog`)
      send(request, response, accounts.catalog(asking));
    else send(request, response, { status: 404, body: { error: { message: "no such route" } } });
  };

  const server =
    options.tls === undefined
      ? createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES }, answer)
      : createHttpsServer(
          {
            ...options.tls.server,
            ca: options.tls.ca,
            requestCert: true,
            rejectUnauthorized: false,
            maxHeaderSize: MAX_HEADER_BYTES,
          },
          answer,
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
    forgetFailedLogins: () => accounts.failures.clear(),
    twistNextToken: (change) => void twists.push(change),
    forgetRequests: () => void requests.splice(0),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return katello;
}

function seen({ method = "", url = "", headers, socket }: IncomingMessage): SeenRequest {
  const name =
    socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : "";
  return { method, url, headers, client: typeof name === "string" && name !== "" ? name : undefined };
}

/** Every reply of the registry names its version, but for that of a login that failed before the registry was asked. */
function send(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { status, body, challenge }: Answer,
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
  answer: Answer,
  change: TokenTwist | undefined,
): void {
  if (change === undefined) {
    send(request, response, answer);
  } else if ("without" in change) {
    const members = Object.entries(answer.body ?? {}).filter(
      ([name]) => !change.without.some((left) => left === name),
    );
    send(request, response, { status: answer.status, body: Object.fromEntries(members) });
  } else {
    response.writeHead(change.status ?? 200, {
      "content-type": change.contentType ?? "application/json; charset=utf-8",
    });
    response.end(change.body);
  }
}
