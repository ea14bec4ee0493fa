/** Requests to Pulp on behalf of a call, with the headers that are forwarded. */
import type { IncomingHttpHeaders } from "node:http";
import type { ContentRequest } from "../model/content.ts";
import type { RepositoryName } from "../model/names.ts";
import { traceIdOf } from "../model/trace.ts";
import type { Cancellation } from "../resilience/cancellation.ts";

/** Forwarded headers. All others are dropped: credentials, cookies, certificates and headers that imitate one. */
const FORWARDED_HEADERS = ["user-agent", "if-none-match", "if-modified-since"] as const;

/** Format of the correlation ids that Pulp logs; it warns about any other. */
const GUID = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

interface ForwardedCall {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly address: string | undefined;
}

type ContentCall = ForwardedCall & {
  readonly cancellation: Cancellation;
  readonly path: { readonly name: RepositoryName };
};

/**
 * Headers of a request to Pulp.
 * @param more names of further headers to forward for this kind of content
 */
export function headersForPulp(
  { headers, requestId, address }: ForwardedCall,
  more: readonly string[] = [],
): Record<string, string> {
  const forwarded: Record<string, string> = { "x-request-id": requestId };
  if (GUID.test(requestId)) forwarded["correlation-id"] = requestId;
  const { traceparent } = headers;
  if (typeof traceparent === "string" && traceIdOf(traceparent) !== undefined)
    forwarded.traceparent = traceparent;
  for (const names of [FORWARDED_HEADERS, more]) {
    for (const name of names) {
      const value = headers[name];
      if (typeof value === "string") forwarded[name] = value;
    }
  }
  if (address !== undefined) forwarded["x-forwarded-for"] = address;
  return forwarded;
}

/** Request to Pulp. Its headers are created on first access: a cached reply needs none. */
class PulpRequest implements ContentRequest {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly #call: ContentCall;
  readonly #names: readonly string[];
  #headers: Record<string, string> | undefined;

  constructor(call: ContentCall, names: readonly string[]) {
    this.method = call.method === "HEAD" ? "HEAD" : "GET";
    this.name = call.path.name;
    this.#call = call;
    this.#names = names;
  }

  get headers(): Record<string, string> {
    this.#headers ??= headersForPulp(this.#call, this.#names);
    return this.#headers;
  }

  get cancellation(): Cancellation {
    return this.#call.cancellation;
  }
}

/**
 * Creates the request to Pulp of a call.
 * @param target reference or digest, and other properties of the request
 * @param names names of further headers to forward for this kind of content
 */
export const pulpRequestOf = <About extends object>(
  call: ContentCall,
  target: About,
  names: readonly string[] = [],
): ContentRequest & About => Object.assign(new PulpRequest(call, names), target);
