/**
 * Adapter between node:http and the handlers: matches, authenticates, validates, calls, replies. It is the only module that
 * uses openapi-backend's compiled validators, and the only one with type casts, which the validation justifies.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Authenticate } from "../auth/authenticate.ts";
import { NO_CREDENTIALS, readCredentials } from "../auth/credentials.ts";
import type { Hosts } from "../auth/hosts/hosts.ts";
import { siteOf } from "../connection/network.ts";
import type { OriginOf } from "../connection/origin.ts";
import { peerOf } from "../connection/peer.ts";
import type { TrustedProxies } from "../connection/trusted-proxies.ts";
import type { Operation } from "../generated/operations.ts";
import { infoOf } from "../logs/log.ts";
import type { RequestMetrics } from "../metrics/metrics.ts";
import type { Audit } from "../model/audit-events.ts";
import { registryError } from "../model/errors.ts";
import type { Handlers } from "../model/operations.ts";
import type { Traces } from "../model/trace.ts";
import type { Settings } from "../settings/keys.ts";
import { allowedDecision } from "./audited.ts";
import {
  DRAIN_LIMITS,
  type DrainLimits,
  drainBody,
  drainLimitsOfSyncs,
  REFUSED_SYNC_DRAIN_LIMITS,
} from "./bodies.ts";
import { type Checks, invalidParameter } from "./contract.ts";
import { type Exchange, logLine } from "./exchange.ts";
import { IncomingCall } from "./incoming.ts";
import { InFlight } from "./limits/in-flight.ts";
import type { RequestHandler } from "./limits/pipeline.ts";
import type { Pages } from "./pages.ts";
import { type RefusalOptions, Refusals } from "./refusals.ts";
import { type AnyReply, encoded } from "./replies.ts";
import {
  headerLines,
  pathOf,
  pathParameters,
  problemOf,
  queryParameters,
  rawQueryOf,
  requestIdOf,
} from "./requests.ts";
import { type Match, type Route, RouteTable } from "./routes.ts";
import { Sender } from "./sender.ts";

/** Settings of the adapter. */
export type ApiSettings = Pick<
  Settings,
  | "audit_pulls"
  | "max_sync_bytes"
  | "max_requests"
  | "max_requests_per_address"
  | "max_reply_bytes"
  | "min_client_rate"
>;

/** Dependencies of the adapter. */
export interface ApiOptions {
  readonly settings: ApiSettings;
  /** Validators of the parameters. */
  readonly checks: Checks;
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly hosts: Pick<Hosts, "authenticate">;
  readonly originOf: OriginOf;
  readonly proxies: Pick<TrustedProxies, "clientAddress" | "isForwarded">;
  readonly trustedHosts: RefusalOptions["trustedHosts"];
  readonly onRefusedSync: RefusalOptions["onRefusedSync"];
  readonly audit: Audit;
  readonly log: Logger;
  readonly metrics: RequestMetrics;
  readonly traces: Traces;
  /** Undefined for a listener without pages. */
  readonly pages?: Pages;
  /** Operations that are served. */
  readonly operations: readonly Operation[];
}

const scopeOf = ({ challengeScope }: Operation, path: Readonly<Record<string, string>>): string | undefined =>
  challengeScope?.replace(/\{([^}]+)\}/g, (_, name: string) => path[name] ?? "");

/** Limits on draining the body of a request. Katello reads a reply only after it has sent the whole body. */
function drainLimits(exchange: Exchange, settings: ApiSettings): DrainLimits {
  if (!exchange.operation?.isAdministration) return DRAIN_LIMITS;
  if (exchange.caller?.kind === "administrator") return drainLimitsOfSyncs(settings);
  // May be a Katello that `trusted_hosts` does not name, which should see why it is refused.
  return peerOf(exchange.request).certificate === undefined ? DRAIN_LIMITS : REFUSED_SYNC_DRAIN_LIMITS;
}

const JSON_TYPE = "application/json";

/** Serves every operation of the contract. */
export class Api {
  readonly #options: ApiOptions;
  readonly #routes: RouteTable;
  readonly #inFlight: InFlight;
  readonly #refusals: Refusals;
  readonly #sender: Sender;
  readonly #info: ReturnType<typeof infoOf>;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#info = infoOf(options.log);
    this.#routes = new RouteTable(options.operations);
    this.#inFlight = new InFlight(options.settings);
    this.#refusals = new Refusals(options);
    this.#sender = new Sender(options.settings);
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
    const { pages } = this.#options;
    return route === undefined && pages?.include(request) === true
      ? this.#handlePage(request, response, pages)
      : this.#handle(request, response, route);
  };

  async #handle(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    const startedAt = performance.now();
    this.#inFlight.enter();
    const exchange: Exchange = {
      request,
      response,
      requestId: requestIdOf(request),
      bytesBefore: request.socket.bytesWritten,
    };
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

  /** Serves a page, under the same limits; never rejects. */
  async #handlePage(request: IncomingMessage, response: ServerResponse, pages: Pages): Promise<void> {
    const exchange: Exchange = {
      request,
      response,
      requestId: requestIdOf(request),
      bytesBefore: request.socket.bytesWritten,
    };
    this.#inFlight.enter();
    try {
      await this.#admit(exchange);
      await this.#inFlight.page(exchange, () =>
        this.#sender.watched(request.socket, pages.send(request, response)),
      );
    } catch (error) {
      await this.#sendRefusal(exchange, error);
    }
    this.#inFlight.release(exchange);
    this.#inFlight.leave();
  }

  /** Sends the refusal of a page, as far as its client still reads. */
  async #sendRefusal(exchange: Exchange, error: unknown): Promise<void> {
    try {
      await this.#sender.send(encoded(this.#refusals.replyTo(exchange, error), JSON_TYPE), exchange);
    } catch {
      exchange.response.destroy();
    }
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
