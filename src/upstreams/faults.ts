/** Errors for upstreams that send no usable reply. They name the upstream, and the setting of a bound that was exceeded. */

import { errorCode } from "../model/error-text.ts";
import { type RegistryError, registryError, unavailable } from "../model/errors.ts";

/** Names of the settings that bound requests to an upstream. */
export interface BoundNames {
  /** Setting of the timeout of a reply. */
  readonly timeout: string;
  /** Setting of the number of requests that may wait for a connection. */
  readonly waiting: string;
}

/** The timeout of a reply is over. */
export class TimedOut extends Error {}

const REPLY_TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
const CONNECT_TIMEOUT = "UND_ERR_CONNECT_TIMEOUT";

/** Makes the errors of one upstream. */
export class Faults {
  readonly #name: string;
  readonly #bounds: BoundNames;

  constructor(name: string, bounds: BoundNames) {
    this.#name = name;
    this.#bounds = bounds;
  }

  /** Makes the 503 for a request that exceeds the bound on waiting requests. */
  tooMany(): RegistryError {
    return unavailable(`too many requests wait for ${this.#name} (${this.#bounds.waiting})`, 2);
  }

  /** Makes the 503 for a request that is not sent because the circuit breaker is open. */
  breakerOpen(): RegistryError {
    return unavailable(`${this.#name} is unavailable`, 2);
  }

  /** Makes the 502 for an unusable reply. `problem` is logged; the client only sees the name of the upstream. */
  unusable(problem: string): RegistryError {
    return registryError("UNAVAILABLE", {
      status: 502,
      message: `${this.#name} sent an invalid reply`,
      cause: new Error(`${this.#name} ${problem}`),
    });
  }

  /** Makes the error for a failed request: 504 after a timeout, otherwise 503. */
  of(cause: unknown): RegistryError {
    const bound = this.#exceeded(cause);
    if (bound === undefined) return unavailable(`${this.#name} can't be reached`, 5, cause);
    const message = `${this.#name} took too long (${bound})`;
    return registryError("UNAVAILABLE", { status: 504, message, headers: { "Retry-After": "5" }, cause });
  }

  #exceeded(cause: unknown): string | undefined {
    if (errorCode(cause) === CONNECT_TIMEOUT) return "connect_timeout";
    return REPLY_TIMEOUTS.has(errorCode(cause)) || cause instanceof TimedOut
      ? this.#bounds.timeout
      : undefined;
  }
}
