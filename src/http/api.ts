/**
 * The one adapter between node:http and the handlers: match, authenticate, validate, call, reply. It alone knows
 * openapi-backend, whose compiled validators it uses, and it alone casts: the contract vouches for what it hands on.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Authenticate } from "../auth/authenticate.ts";
import { readCredentials } from "../auth/credentials.ts";
import type { Hosts } from "../auth/hosts/hosts.ts";
import type { OriginOf } from "../connection/origin.ts";
import { peerOf } from "../connection/peer.ts";
import type { TrustedProxies } from "../connection/trusted-proxies.ts";
import type { Operation } from "../generated/operations.ts";
import type { Audit, Decision } from "../model/audit-events.ts";
import { errorReply, registryError } from "../model/errors.ts";
import type { Handlers } from "../model/operations.ts";
import type { Settings } from "../settings/keys.ts";
import { allowance, denial, isAdministration } from "./audited.ts";
import { readOn, UNWANTED, unwantedOfSyncs } from "./bodies.ts";
import { type Checks, invalidParameter } from "./contract.ts";
import { type Exchange, logLine } from "./exchange.ts";
import { Incoming } from "./incoming.ts";
import { InFlight } from "./limits/in-flight.ts";
import { type AnyReply, encoded } from "./replies.ts";
import { faultOf, pathOf, pathParameters, queryParameters, requestIdOf } from "./requests.ts";
import { type Route, RouteTable } from "./routes.ts";
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
  /** Of the parameters. */
  readonly checks: Checks;
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly hosts: Pick<Hosts, "authenticate">;
  readonly originOf: OriginOf;
  readonly proxies: Pick<TrustedProxies, "clientAddress" | "passOn">;
  readonly audit: Audit;
  readonly log: Logger;
}

/** A status that the contract doesn't declare for an operation never leaves: it is a fault of ours. */
const declared = (operation: Operation | undefined, status: number): boolean =>
  operation === undefined || operation.statuses.some((known) => known === status);

const scopeOf = ({ challengeScope }: Operation, path: Readonly<Record<string, string>>): string | undefined =>
  challengeScope?.replace(/\{([^}]+)\}/g, (_, name: string) => path[name] ?? "");

/** Whether this may be Katello, which hears why it is refused when all is sent; strangers show no good certificate. */
function mayPush(exchange: Exchange): boolean {
  const { transport, certificate } = peerOf(exchange.request);
  return isAdministration(exchange) && (transport === "unix" || certificate !== undefined);
}

const JSON_TYPE = "application/json";

/** Answers every operation of the contract. */
export class Api {
  readonly #options: ApiOptions;
  readonly #routes = new RouteTable();
  readonly #inFlight: InFlight;
  readonly #sender: Sender;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#inFlight = new InFlight(options.settings);
    this.#sender = new Sender(options.settings);
  }

  /** To be told of each connection that is accepted. */
  accepted(): void {
    this.#inFlight.accepted();
  }

  /** Where a request leads. */
  find(request: IncomingMessage): Route {
    return this.#routes.find(request.method ?? "", pathOf(request));
  }

  /** Answers a request that leads to `route`; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    const started = performance.now();
    this.#inFlight.enter();
    const exchange: Exchange = { request, response, requestId: requestIdOf(request) };
    let reply: AnyReply;
    let letGo: (() => void) | undefined;
    try {
      const answer = await this.#answer(exchange, route);
      reply = encoded(answer, exchange.operation?.mediaType ?? JSON_TYPE);
      letGo = this.#sender.hold(reply, exchange);
      this.#tell(allowance(exchange, this.#options.settings.audit_pulls));
    } catch (error) {
      reply = encoded(this.#refuse(exchange, error), JSON_TYPE);
    }
    this.#inFlight.endTurn(exchange);
    try {
      // Whoever sends a body that nobody waits for takes no place of those that are answered.
      this.#inFlight.leave();
      const heard = await readOn(
        request,
        mayPush(exchange) ? unwantedOfSyncs(this.#options.settings) : UNWANTED,
      );
      this.#inFlight.enter();
      if (!heard) response.setHeader("Connection", "close");
      await this.#sender.send(reply, exchange);
    } catch (error) {
      response.destroy();
      this.#options.log.warn({ request_id: exchange.requestId, err: error }, "the transfer broke off");
    }
    letGo?.();
    this.#inFlight.leave();
    this.#options.log.info(logLine(exchange, reply.status, performance.now() - started), "answered");
  }

  async #answer(exchange: Exchange, route: Route): Promise<AnyReply> {
    const { request, response, requestId } = exchange;
    const fault = faultOf(request);
    if (fault !== undefined) throw registryError("REQUEST_INVALID", { message: fault });
    if (route === undefined)
      throw registryError("UNSUPPORTED", { status: 404, message: "nothing is at this path" });
    if ("allow" in route) throw registryError("UNSUPPORTED", { headers: { Allow: route.allow.join(", ") } });
    const { operation } = route;
    exchange.operation = operation;
    const { authenticate, hosts, originOf, proxies } = this.#options;
    const peer = peerOf(request);
    // Who looks after the gateway must get through, and Katello.
    const isExpected = operation.tag === "operation" || isAdministration(exchange);
    this.#inFlight.check(peer, response, isExpected);
    exchange.address = proxies.clientAddress(peer, request.headers);
    const turn = isExpected ? undefined : this.#inFlight.beginTurn(exchange);
    if (turn !== undefined) await turn;
    const path = pathParameters(route);
    exchange.path = path;
    const origin = () => originOf(request, peer);
    const caller = await authenticate(operation.security, {
      credentials: readCredentials(request),
      peer,
      passedOn: () => proxies.passOn(peer, request.headers),
      requestId,
      // Only who is turned away needs to know it.
      place: () => ({ origin: origin(), scope: scopeOf(operation, path) }),
      host: () => hosts.authenticate(request, peer, requestId),
    });
    exchange.caller = caller;
    const { method } = operation;
    const query = this.#validated(operation, path, queryParameters(request, operation));
    const call = new Incoming(exchange, this.#inFlight, { method, path, query, caller, origin });
    // Path, query and caller have passed the contract of this very operation: that is what the handler's types say.
    const handler = this.#options.handlers[operation.id] as unknown as (call: unknown) => Promise<AnyReply>;
    return handler(call);
  }

  #validated(operation: Operation, path: object, query: Record<string, unknown>): Record<string, unknown> {
    const validate = this.#options.checks.get(operation.id);
    if (validate?.({ path, query }) === false) throw invalidParameter(validate.errors ?? []);
    return query;
  }

  #tell(decision: Decision | undefined): void {
    if (decision !== undefined) this.#options.audit(decision);
  }

  #refuse(exchange: Exchange, error: unknown): AnyReply {
    const { requestId, operation } = exchange;
    this.#tell(denial(exchange, error));
    const told = errorReply(error, requestId);
    const reply = declared(operation, told.status) ? told : errorReply(undefined, requestId);
    const entry = { request_id: requestId, err: error };
    // Whoever has gone away misses nothing: that is no failure.
    if (reply.status >= 500 && !exchange.response.destroyed)
      this.#options.log.error(entry, "the request failed");
    else this.#options.log.debug(entry, "the request was refused");
    return reply;
  }
}
