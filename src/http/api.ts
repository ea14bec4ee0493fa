/**
 * Adapter between node:http and the handlers: matches, authenticates, validates, calls, replies. It is the only module that
 * uses openapi-backend's compiled validators, and the only one with type casts, which the validation justifies.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { NO_CREDENTIALS, readCredentials } from "../auth/credentials.ts";
import { siteOf } from "../connection/network.ts";
import { peerOf } from "../connection/peer.ts";
import type { Operation } from "../generated/operations.ts";
import { infoOf } from "../logs/log.ts";
import { registryError } from "../model/errors.ts";
import type { ApiOptions } from "./api-options.ts";
import { allowedDecision } from "./audited.ts";
import { drainBody, drainLimits } from "./bodies.ts";
import { invalidParameter } from "./contract.ts";
import { type Exchange, logLine, newExchange } from "./exchange.ts";
import { IncomingCall } from "./incoming.ts";
import { InFlight } from "./limits/in-flight.ts";
import type { RequestHandler } from "./limits/pipeline.ts";
import { PageRequests } from "./page-requests.ts";
import { Refusals } from "./refusals.ts";
import { type AnyReply, encoded, JSON_TYPE } from "./replies.ts";
import { headerLines, pathOf, pathParameters, problemOf, queryParameters, rawQueryOf } from "./requests.ts";
import { type Match, type Route, RouteTable } from "./routes.ts";
import { Sender } from "./sender.ts";

const scopeOf = ({ challengeScope }: Operation, path: Readonly<Record<string, string>>): string | undefined =>
  challengeScope?.replace(/\{([^}]+)\}/g, (_, name: string) => path[name] ?? "");

/** Serves every operation of the contract. */
export class Api {
  readonly #options: ApiOptions;
  readonly #routes: RouteTable;
  readonly #inFlight: InFlight;
  readonly #refusals: Refusals;
  readonly #sender: Sender;
  /** Undefined for a listener without pages. */
  readonly #pages: PageRequests | undefined;
  readonly #info: ReturnType<typeof infoOf>;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#info = infoOf(options.log);
    this.#routes = new RouteTable(options.operations);
    this.#inFlight = new InFlight(options.settings);
    this.#refusals = new Refusals(options);
    this.#sender = new Sender(options.settings);
    const { pages } = options;
    const shared = { inFlight: this.#inFlight, refusals: this.#refusals, sender: this.#sender };
    this.#pages = pages && new PageRequests({ ...shared, pages, admit: (exchange) => this.#admit(exchange) });
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#inFlight.count;
  }

  /** Called for each accepted connection. */
  accepted(): void {
    this.#inFlight.accepted();
  }

  /** Serves a request of an operation or for a page; never rejects. */
  readonly handle: RequestHandler = (request, response) => {
    const route = this.#routes.find(request.method ?? "", pathOf(request));
    return route === undefined && this.#pages?.include(request) === true
      ? this.#pages.handle(request, response)
      : this.#handle(request, response, route);
  };

  async #handle(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    const startedAt = performance.now();
    this.#inFlight.enter();
    const exchange = newExchange(request, response);
    const { traceparent } = request.headers;
    if (traceparent !== undefined) this.#options.traces.begin(exchange.requestId, traceparent);
    let reply: AnyReply;
    let releaseReply: (() => void) | undefined;
    try {
      const result = await this.#serve(exchange, route);
      reply = encoded(result, exchange.operation?.mediaType ?? JSON_TYPE);
      releaseReply = this.#sender.hold(reply, exchange);
      if (exchange.operation?.isAdministration || this.#options.settings.audit_pulls)
        this.#auditAllowed(exchange);
    } catch (error) {
      reply = encoded(this.#refusals.replyTo(exchange, error), JSON_TYPE);
    }
    if (exchange.upstreamSinceMs !== undefined)
      exchange.upstreamMs = performance.now() - exchange.upstreamSinceMs;
    this.#inFlight.release(exchange);
    try {
      // A request whose unread body is being drained does not count against max_requests.
      this.#inFlight.leave();
      const wasRead =
        request.complete || (await drainBody(request, drainLimits(exchange, this.#options.settings)));
      this.#inFlight.enter();
      if (!wasRead) response.setHeader("Connection", "close");
      const sent = this.#sender.send(reply, exchange);
      if (sent !== undefined) await sent;
    } catch (error) {
      response.destroy();
      this.#options.log.warn({ request_id: exchange.requestId, err: error }, "reply aborted");
    }
    releaseReply?.();
    if (traceparent !== undefined) this.#options.traces.end(exchange.requestId);
    this.#inFlight.leave();
    const milliseconds = performance.now() - startedAt;
    const { operation, caller } = exchange;
    this.#options.metrics.completed(
      operation?.id ?? "none",
      reply.status,
      caller?.kind ?? "none",
      milliseconds / 1000,
    );
    this.#info(logLine(exchange, reply.status, milliseconds), "request completed");
  }

  async #serve(exchange: Exchange, route: Route): Promise<AnyReply> {
    const { request, requestId } = exchange;
    const { authenticate, hosts, originOf, proxies } = this.#options;
    if (route !== undefined && "operation" in route) exchange.operation = route.operation;
    const admitted = this.#admit(exchange);
    if (admitted !== undefined) await admitted;
    const problem = problemOf(request);
    if (problem !== undefined) throw registryError("REQUEST_INVALID", { message: problem });
    if (route === undefined)
      throw registryError("UNSUPPORTED", { status: 404, message: "no operation has this path" });
    if ("allow" in route) throw registryError("UNSUPPORTED", { headers: { Allow: route.allow.join(", ") } });
    const { operation } = route;
    const peer = peerOf(request);
    const path = pathParameters(route);
    exchange.path = path;
    const origin = () => originOf(request, peer);
    const { authorization } = request.headers;
    const caller = await authenticate(operation.security, {
      request,
      credentials:
        authorization === undefined
          ? NO_CREDENTIALS
          : readCredentials(authorization, headerLines(request, "authorization")),
      peer,
      isForwarded: () => peer.isReverseProxy && proxies.isForwarded(peer, request.headers),
      requestId,
      // Determined only if a challenge is sent.
      place: () => ({ origin: origin(), scope: scopeOf(operation, path) }),
      host: peer.mayBeHost ? () => hosts.authenticate(request, peer, requestId) : undefined,
    });
    exchange.caller = caller;
    const { method } = operation;
    const query = this.#validated(route, path, request);
    exchange.query = query;
    const call = new IncomingCall(exchange, this.#inFlight, { method, path, query, caller, origin });
    // Path, query and caller have been validated against this operation, so the handler's types hold.
    const handler = this.#options.handlers[operation.id] as unknown as (call: unknown) => Promise<AnyReply>;
    return handler(call);
  }

  /**
   * Checks the limits on requests, and acquires a slot for the client's address: also for requests that will be refused, since
   * these take time, too. Returns undefined if there is nothing to wait for.
   */
  #admit(exchange: Exchange): Promise<void> | undefined {
    const { request, response, operation } = exchange;
    const peer = peerOf(request);
    // Health checks, administrators and Katello are served beyond the limits.
    const isExempt = operation?.tag === "operation" || operation?.isAdministration === true;
    this.#inFlight.check(peer, response, isExempt);
    exchange.address = peer.address;
    exchange.site = peer.site;
    if (peer.isReverseProxy) {
      exchange.address = this.#options.proxies.clientAddress(peer, request.headers);
      exchange.site = exchange.address && siteOf(exchange.address);
    }
    return this.#inFlight.acquire(exchange, isExempt);
  }

  /** @returns the parameters of the query */
  #validated(match: Match, path: object, request: IncomingMessage): Record<string, unknown> {
    const { operation } = match;
    const hasQuery = rawQueryOf(request) !== "";
    if (!hasQuery && match.isValid) return {};
    const query = queryParameters(request, operation);
    const validate = this.#options.checks.get(operation.id);
    if (validate?.({ path, query }) === false) throw invalidParameter(validate.errors ?? []);
    if (!hasQuery) match.isValid = true;
    return query;
  }

  #auditAllowed(exchange: Exchange): void {
    const decision = allowedDecision(exchange);
    if (decision !== undefined) this.#options.audit(decision);
  }
}
