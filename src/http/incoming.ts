/** A request as a handler is called with it. */
import type { IncomingHttpHeaders } from "node:http";
import type { Call, Caller, IncomingBody } from "../model/operations.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import { chunksOf } from "./bodies.ts";
import { cancellationOf, type Exchange } from "./exchange.ts";
import type { InFlight } from "./limits/in-flight.ts";
import { rawQueryOf } from "./requests.ts";

/** What was found out of a request, and holds the contract. */
export interface Checked {
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Tells the origin by which the caller came. */
  readonly origin: () => string;
}

/** What few handlers ask for is found out when they do: a pull is over before it is made. */
export class Incoming implements Record<keyof Call<never>, unknown> {
  readonly method: string;
  readonly path: Checked["path"];
  readonly query: Checked["query"];
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  readonly requestId: string;
  readonly address: string | undefined;
  readonly #exchange: Exchange;
  readonly #inFlight: InFlight;
  readonly #origin: () => string;
  #cancellation: Cancellation | undefined;

  constructor(exchange: Exchange, inFlight: InFlight, { method, path, query, caller, origin }: Checked) {
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

  /** Only a question to somebody else is worth stopping. */
  get cancellation(): Cancellation {
    this.#cancellation ??= cancellationOf(this.#exchange);
    return this.#cancellation;
  }
}
