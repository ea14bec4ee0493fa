/** What is said when an upstream gives no answer that can be used: whose fault it was, and which setting bounds it. */

import { errorCode } from "../model/error-text.ts";
import { type RegistryError, registryError, unavailable } from "../model/errors.ts";

/** The settings that bound the questions to one upstream. */
export interface BoundNames {
  /** Of the time that an answer may take. */
  readonly timeout: string;
  /** Of the questions that may wait for a connection. */
  readonly waiting: string;
}

/** The time for an answer is over. */
export class TimedOut extends Error {}

const NO_ANSWER = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
const NO_CONNECTION = "UND_ERR_CONNECT_TIMEOUT";

/** The errors of one upstream. */
export class Faults {
  readonly #name: string;
  readonly #bounds: BoundNames;

  constructor(name: string, bounds: BoundNames) {
    this.#name = name;
    this.#bounds = bounds;
  }

  /** For one question more than may wait: 503. */
  tooMany(): RegistryError {
    return unavailable(`too many requests wait for ${this.#name} (${this.#bounds.waiting})`, 2);
  }

  /** For a question that is not asked, because those before it failed: 503. */
  away(): RegistryError {
    return unavailable(`${this.#name} is away`, 2);
  }

  /** For an answer that makes no sense: 502. `problem` goes to the log, the client only hears whose it was. */
  unusable(problem: string): RegistryError {
    return registryError("UNAVAILABLE", {
      status: 502,
      message: `${this.#name} gave an answer that can't be used`,
      cause: new Error(`${this.#name} ${problem}`),
    });
  }

  /** For a question that failed on its way: 504 if its time was over, otherwise 503. */
  of(cause: unknown): RegistryError {
    const bound = this.#exceeded(cause);
    if (bound === undefined) return unavailable(`${this.#name} can't be reached`, 5, cause);
    const message = `${this.#name} took too long (${bound})`;
    return registryError("UNAVAILABLE", { status: 504, message, headers: { "Retry-After": "5" }, cause });
  }

  #exceeded(cause: unknown): string | undefined {
    if (errorCode(cause) === NO_CONNECTION) return "connect_timeout";
    return NO_ANSWER.has(errorCode(cause)) || cause instanceof TimedOut ? this.#bounds.timeout : undefined;
  }
}
