/** Proxy that passes requests and replies on unchanged, and holds each to the contract while it streams. */
import { X509Certificate } from "node:crypto";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { PassThrough, type Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Checks, ReplyValidators } from "../../http/contract.ts";
import { openChecks, openReplyValidators } from "../../http/contract.ts";
import { errorText } from "../../model/error-text.ts";
import { problemText } from "../place.ts";
import { replyProblems } from "../reply-check.ts";
import { requestProblems } from "../request-check.ts";
import type { HarWriter } from "./har-writer.ts";

/** A certificate with its key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Options of the proxy. */
export interface ProxyOptions {
  /** Origin of the gateway. */
  readonly to: URL;
  /** CA of the gateway's certificate, in PEM. */
  readonly ca?: string | undefined;
  /** Certificate of the proxy itself; plain http without it. */
  readonly server?: Identity | undefined;
  /** CA of the callers' client certificates, in PEM. */
  readonly clientCa?: string | undefined;
  /** Certificate that is shown to the gateway for callers who have shown one of the same subject, signed by `clientCa`. */
  readonly client?: Identity | undefined;
  /** Called for each broken rule. */
  readonly onFinding: (finding: string) => void;
  readonly recording?: HarWriter | undefined;
}

/** A running proxy. */
export interface ContractProxy {
  readonly server: Server;
  /** Requests that are complete. */
  readonly requests: number;
  close(): Promise<void>;
}

/** Maximum size of a body that is checked as a whole, and recorded. Katello's bodies are checked whatever their size. */
const MAX_BODY_BYTES = 1024 ** 2;

const oneOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

/** True if a caller has shown a valid certificate of the same subject as one. Others must not act in its name. */
const hasSubjectOf = ({ cert }: Identity, { socket }: IncomingMessage): boolean =>
  socket instanceof TLSSocket &&
  socket.authorized &&
  socket.getPeerX509Certificate()?.subject === new X509Certificate(cert).subject;

/** Text of a stream up to {@link MAX_BODY_BYTES}; undefined for a longer one. Reads it to its end. */
async function textOf(stream: Readable): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

/** Copy of a stream. Its reader may stop early. */
function copyOf(stream: Readable): PassThrough {
  const copy = new PassThrough();
  stream.pipe(copy).on("error", () => undefined);
  stream.on("error", () => copy.destroy());
  return copy;
}

/** One request on its way through the proxy. */
class Passage {
  readonly #options: ProxyOptions;
  readonly #checks: Checks;
  readonly #validators: ReplyValidators;

  constructor(options: ProxyOptions, checks: Checks, validators: ReplyValidators) {
    this.#options = options;
    this.#checks = checks;
    this.#validators = validators;
  }

  /** Passes a request on, and resolves when its findings have been told. */
  async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: target = "/", headers } = request;
    const [startedAt, from] = [new Date(), performance.now()];
    const body = copyOf(request);
    const recorded = textOf(copyOf(request)).catch(() => undefined);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, oneOf(value)]));
    const checked = requestProblems(this.#checks, { method, target, headers: lower, body });
    const reply = await this.#forward(request, response).catch((error: unknown) => {
      this.#options.onFinding(`${method} ${target}: the gateway did not reply: ${errorText(error)}`);
      if (!response.headersSent) response.writeHead(502).end();
      else response.destroy();
      return undefined;
    });
    for (const problem of await checked)
      this.#options.onFinding(`${method} ${target}: ${problemText(problem)}`);
    const replyBody = reply === undefined ? "" : await this.#checkReply(method, target, reply);
    this.#options.recording?.add({
      startedAt,
      milliseconds: Math.round(performance.now() - from),
      method,
      url: new URL(target, this.#options.to).href,
      requestHeaders: headers,
      requestBody: await recorded,
      status: reply?.message.statusCode ?? 0,
      replyHeaders: reply?.message.headers ?? {},
      replyBody,
    });
  }

  /** Sends the request, and begins to send the reply. */
  #forward(request: IncomingMessage, response: ServerResponse) {
    const { to, ca, client } = this.#options;
    const { method, url: path, rawHeaders: headers } = request;
    const identity = client !== undefined && hasSubjectOf(client, request) ? client : undefined;
    const { protocol, hostname: host, port } = to;
    const common = { host, port, method, path, headers };
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...identity,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    };
    const outgoing =
      protocol === "https:" ? requestHttps({ ...common, ...tls, agent: false }) : requestHttp(common);
    request.pipe(outgoing);
    response.on("close", () => outgoing.destroy());
    return new Promise<{ message: IncomingMessage; text: Promise<string | undefined> }>((resolve, reject) => {
      outgoing.on("error", reject);
      outgoing.on("response", (message) => {
        const text = textOf(copyOf(message)).catch(() => undefined);
        response.writeHead(message.statusCode ?? 502, message.statusMessage, message.rawHeaders);
        message.on("error", () => response.destroy());
        message.pipe(response);
        resolve({ message, text });
      });
    });
  }

  async #checkReply(
    method: string,
    target: string,
    { message, text }: { message: IncomingMessage; text: Promise<string | undefined> },
  ): Promise<string | undefined> {
    const [status, body] = [message.statusCode ?? 0, await text];
    const judged = { status, headers: message.headers, text: body };
    for (const problem of replyProblems(this.#validators, method, target, judged))
      this.#options.onFinding(`${method} ${target} -> ${status}: ${problemText(problem)}`);
    return body;
  }
}

/** Creates the proxy. The caller lets its server listen. */
export async function createContractProxy(options: ProxyOptions): Promise<ContractProxy> {
  const passage = new Passage(options, await openChecks(), await openReplyValidators());
  const passing = new Set<Promise<void>>();
  let requests = 0;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const one = passage
      .pass(request, response)
      .catch((error: unknown) => {
        // Such as a caller that disconnects within its body, or a target that is no path.
        options.onFinding(`${request.method} ${request.url}: it could not be passed on: ${errorText(error)}`);
        response.destroy();
      })
      .finally(() => {
        requests += 1;
        passing.delete(one);
      });
    passing.add(one);
  };
  const { server: own, clientCa } = options;
  const asking = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  const server =
    own === undefined ? createHttpServer(handle) : createHttpsServer({ ...own, ...asking }, handle);
  return {
    server,
    get requests() {
      return requests;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.all(passing);
      server.closeAllConnections();
      await closed;
      options.recording?.close();
    },
  };
}
