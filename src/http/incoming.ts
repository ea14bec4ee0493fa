/** Request in the form that handlers get. */
import type { IncomingHttpHeaders } from "node:http";
import type { Call, Caller, IncomingBody } from "../model/operations.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import { chunksOf } from "./bodies.ts";
import { cancellationOf, type Exchange } from "./exchange.ts";
import type { InFlight } from "./limits/in-flight.ts";
import { rawQueryOf } from "./requests.ts";

/** Validated parts of a request. */
export interface ValidatedCall {
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Determines the origin by which the caller reached the gateway. */
  readonly origin: () => string;
}

/** Call of a handler. Its rarely used properties are computed on first access, to keep pulls fast. */
export class IncomingCall implements Record<keyof Call<never>, unknown> {
  readonly method: string;
  readonly path: ValidatedCall["path"];
  readonly query: ValidatedCall["query"];
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  readonly requestId: string;
  readonly address: string | undefined;
  readonly #exchange: Exchange;
  readonly #inFlight: InFlight;
  readonly #origin: () => string;
  #cancellation: Cancellation | undefined;

  constructor(
    exchange: Exchange,
    inFlight: InFlight,
    { method, path, query, caller, origin }: ValidatedCall,
  ) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.headers = exchange.request.headers;
    this.caller = caller;
    this.requestId = exchange.requestId;
    this.address = exchange.address;
    this.#exchange = exchange;
    this.#inFlight = inFlight;
    this.#origin = origin;
  }

  get origin(): string {
    return this.#origin();
  }

  get rawQuery(): string {
    return rawQueryOf(this.#exchange.request);
  }

  get body(): IncomingBody {
    const { request } = this.#exchange;
    return {
      contentType: request.headers["content-type"],
      chunks: this.#inFlight.body(chunksOf(request)),
    };
  }

  /** Created on first access, because only upstream requests can be cancelled. */
  get cancellation(): Cancellation {
    this.#exchange.upstreamSinceMs ??= performance.now();
    this.#cancellation ??= cancellationOf(this.#exchange);
    return this.#cancellation;
  }
}
