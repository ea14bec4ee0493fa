/** What a call asks of Pulp, and the few of its headers that go up with it. */
import type { IncomingHttpHeaders } from "node:http";
import type { ContentRequest } from "../model/content.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Cancellation } from "../resilience/cancellation.ts";

/** Everything else of a caller's headers stays here: credentials, cookies, certificates and whatever claims to be one. */
const UP = ["user-agent", "if-none-match", "if-modified-since"] as const;

/** Pulp logs no other correlation id, and warns of each. */
const GUID = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly address: string | undefined;
}

type Asking = Asked & {
  readonly cancellation: Cancellation;
  readonly path: { readonly name: RepositoryName };
};

/**
 * What goes up with a call.
 * @param more names of headers that this kind of content understands
 */
export function headersUp(
  { headers, requestId, address }: Asked,
  more: readonly string[] = [],
): Record<string, string> {
  const up: Record<string, string> = { "x-request-id": requestId };
  if (GUID.test(requestId)) up["correlation-id"] = requestId;
  for (const names of [UP, more]) {
    for (const name of names) {
      const value = headers[name];
      if (typeof value === "string") up[name] = value;
    }
  }
  if (address !== undefined) up["x-forwarded-for"] = address;
  return up;
}

/** What a call wants to know of Pulp; what it takes with it is made when somebody really asks. */
class Question implements ContentRequest {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly #call: Asking;
  readonly #names: readonly string[];
  #headers: Record<string, string> | undefined;

  constructor(call: Asking, names: readonly string[]) {
    this.method = call.method === "HEAD" ? "HEAD" : "GET";
    this.name = call.path.name;
    this.#call = call;
    this.#names = names;
  }

  get headers(): Record<string, string> {
    this.#headers ??= headersUp(this.#call, this.#names);
    return this.#headers;
  }

  get cancellation(): Cancellation {
    return this.#call.cancellation;
  }
}

/**
 * The question that a call asks of Pulp, with the reference or digest it is about.
 * @param names headers that this kind of content understands
 */
export const pulpRequestOf = <About extends object>(
  call: Asking,
  about: About,
  names: readonly string[] = [],
): ContentRequest & About => Object.assign(new Question(call, names), about);
