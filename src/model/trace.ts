/** W3C Trace Context: the header `traceparent`, by which traces of several systems belong together. */

/** Version, trace id, parent id and flags (Trace Context, section 3.2). An id of zeros is invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Trace id of a header; undefined if it is absent or invalid. */
export const traceIdOf = (traceparent: string | string[] | undefined): string | undefined =>
  typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;

/** Headers `traceparent` of requests in flight, for the requests to other systems that they cause. */
export class Traces {
  readonly #parents = new Map<string, string>();

  /** Called at the beginning of a request. An invalid header is ignored. */
  begin(requestId: string, traceparent: string | string[] | undefined): void {
    if (typeof traceparent === "string" && traceIdOf(traceparent) !== undefined)
      this.#parents.set(requestId, traceparent);
  }

  /** Called at the end of a request. */
  end(requestId: string): void {
    this.#parents.delete(requestId);
  }

  /** Header of a request in flight. */
  readonly of = (requestId: string): string | undefined => this.#parents.get(requestId);
}
