/** Single flight: identical requests under way are coalesced into one, whose result they share. */
import { Cancellation } from "./cancellation.ts";

interface Coalesced<Result> {
  readonly result: Promise<Result>;
  /** Cancelled when the last of its callers is. */
  readonly cancellation: Cancellation;
  callers: number;
}

/** The result of a coalesced request. */
export interface FlightResult<Result> {
  readonly result: Result;
  /** True for the caller that started it. A result that only one can use, such as a stream, belongs to that caller. */
  readonly first: boolean;
}

/** Requests under way by their keys, each with its callers. */
export class SingleFlight<Result> {
  readonly #requests = new Map<string, Coalesced<Result>>();

  /** Number of requests under way. */
  get size(): number {
    return this.#requests.size;
  }

  /** Returns true if a request with this key is under way. */
  has(key: string): boolean {
    return this.#requests.has(key);
  }

  /**
   * Joins the request with this key, or starts it. The request is cancelled when all of its callers are.
   * @param key equal for identical requests
   * @param cancellation of this caller; without one the caller waits for the result
   */
  async join(
    key: string,
    start: (cancellation: Cancellation) => Promise<Result>,
    cancellation?: Cancellation,
  ): Promise<FlightResult<Result>> {
    const existing = this.#requests.get(key);
    const request = existing ?? this.#start(key, start, cancellation?.address);
    existing?.cancellation.join(cancellation?.address);
    request.callers += 1;
    const leave = () => {
      request.callers -= 1;
      if (request.callers === 0) {
        this.#remove(key, request);
        request.cancellation.cancel();
      }
    };
    const unsubscribe = cancellation?.onCancel(leave);
    try {
      return { result: await request.result, first: existing === undefined };
    } finally {
      unsubscribe?.();
    }
  }

  #start(
    key: string,
    start: (cancellation: Cancellation) => Promise<Result>,
    address: string | undefined,
  ): Coalesced<Result> {
    const cancellation = new Cancellation(address);
    const request = { result: start(cancellation), cancellation, callers: 0 };
    this.#requests.set(key, request);
    const remove = () => this.#remove(key, request);
    request.result.then(remove, remove);
    return request;
  }

  #remove(key: string, request: Coalesced<Result>): void {
    if (this.#requests.get(key) === request) this.#requests.delete(key);
  }
}
