/** One request and its response, with the headers and the log line that every reply has. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { OPERATIONS, type Operation } from "../generated/operations.ts";
import type { Caller } from "../model/operations.ts";
import { traceIdOf } from "../model/trace.ts";
import { Cancellation } from "../resilience/cancellation.ts";
import { pathOf, requestIdOf, sentPathOf } from "./requests.ts";

/** A request with its response; operation and caller are set as soon as they are determined. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Bytes that have been written to the connection before this request's reply. */
  readonly bytesBefore: number;
  operation?: Operation;
  caller?: Caller;
  /** Validated path parameters. */
  path?: Readonly<Record<string, string>>;
  /** Validated parameters of the query. */
  query?: Readonly<Record<string, unknown>>;
  /** Client address, as reported by trusted reverse proxies. */
  address?: string | undefined;
  /** Site of that address: an IPv4 address, or the /48 network of an IPv6 address. */
  site?: string | undefined;
  /** Time at which the handler turned to a system behind the gateway; absent if it had everything in memory. */
  upstreamSinceMs?: number;
  /** Milliseconds from then until its reply was known. */
  upstreamMs?: number;
  /** True while this request holds one of the slots of its site. */
  hasSlot?: boolean;
}

/** Creates the exchange of a request that has just arrived. */
export const newExchange = (request: IncomingMessage, response: ServerResponse): Exchange => ({
  request,
  response,
  requestId: requestIdOf(request),
  bytesBefore: request.socket.bytesWritten,
});

/** Creates a cancellation that fires when the client disconnects before the reply has been sent. */
export function cancellationOf({ response, address }: Exchange): Cancellation {
  const cancellation = new Cancellation(address);
  const cancel = () => {
    if (!response.writableFinished) cancellation.cancel();
  };
  if (response.destroyed) cancel();
  response.once("close", cancel);
  return cancellation;
}

const ENTRY = /^(?:\/container_gateway)?\/v2(?:\/|$)/;

/** Headers of every reply, as alternating names and values. */
export function automaticHeaders({ request, requestId, operation }: Exchange): readonly string[] {
  const headers = ["X-Request-Id", requestId];
  const path = pathOf(request);
  if (operation?.tag !== "registry" && !ENTRY.test(path)) return headers;
  headers.push("Docker-Distribution-Api-Version", "registry/2.0");
  // With this header podman and skopeo request signatures at the root of the registry, and a pull fails without a reply.
  // Reverse proxies that forward to the prefix forward only `/v2`, so the header is omitted there.
  if (!path.startsWith("/container_gateway")) headers.push("X-Registry-Supports-Signatures", "1");
  return headers;
}

/** Maximum length of client-supplied ids and names in the log. */
const MAX_LOGGED_CHARS = 256;

/** Name of a caller, if it has one. */
export const nameOf = (caller: Caller | undefined): string | undefined =>
  caller !== undefined && "name" in caller ? caller.name : undefined;

/** Maximum length of a logged `User-Agent`. */
const MAX_AGENT_CHARS = 128;

/** Operations whose replies may come from memory. */
const CACHED = new Set<string>(
  OPERATIONS.filter(
    ({ path, tag }) =>
      tag === "registry" && /\/(?:manifests|blobs|tags|referrers|signatures|index)\//.test(path),
  ).map(({ id }) => id),
);

/** `hit` for a reply from memory, `miss` for one that needed Pulp; undefined for others. */
function cacheResult({ operation, upstreamSinceMs }: Exchange, status: number): "hit" | "miss" | undefined {
  if (operation === undefined || !CACHED.has(operation.id)) return undefined;
  if (upstreamSinceMs !== undefined) return "miss";
  // A refused caller has asked nobody, and got nothing.
  return status < 400 ? "hit" : undefined;
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

/** Fields of the log line of a reply. No query, and no client headers but ids and the user agent: they may hold secrets. */
export function logLine(exchange: Exchange, status: number, milliseconds: number): object {
  const { request, requestId, operation, caller, address, bytesBefore, upstreamMs } = exchange;
  return {
    request_id: requestId,
    session_id: String(request.headers["x-session-id"] ?? "").slice(0, MAX_LOGGED_CHARS) || undefined,
    operation: operation?.id,
    method: request.method,
    path: sentPathOf(request).slice(0, 1024),
    status,
    caller: caller?.kind,
    name: nameOf(caller)?.slice(0, MAX_LOGGED_CHARS),
    address,
    user_agent: request.headers["user-agent"]?.slice(0, MAX_AGENT_CHARS),
    trace_id: traceIdOf(request.headers.traceparent),
    bytes: request.socket.bytesWritten - bytesBefore,
    cache: cacheResult(exchange, status),
    upstream_ms: upstreamMs === undefined ? undefined : rounded(upstreamMs),
    ms: rounded(milliseconds),
  };
}
