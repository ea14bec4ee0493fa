/** One request on its way to its reply: what is found out about it, and what every reply and the log say of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operation } from "./generated/operations.ts";
import type { Caller } from "./operations.ts";
import { pathOf } from "./requests.ts";

/** A request with its response; operation and caller as soon as they are known. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  operation?: Operation;
  caller?: Caller;
}

/** Aborted when the caller goes away before the answer is out, or has gone already. */
export function untilGone(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  const leave = () => {
    if (!response.writableFinished) abort.abort();
  };
  if (response.destroyed) leave();
  response.once("close", leave);
  return abort.signal;
}

/** The headers that belong to every reply, whatever the operation. */
export function automaticHeaders({ request, requestId, operation }: Exchange): Record<string, string> {
  const registry =
    operation?.tag === "registry" || /^(?:\/container_gateway)?\/v2(?:\/|$)/.test(pathOf(request));
  return registry
    ? {
        "X-Request-Id": requestId,
        "Docker-Distribution-Api-Version": "registry/2.0",
        "X-Registry-Supports-Signatures": "1",
      }
    : { "X-Request-Id": requestId };
}

/** What the log says of a reply: no query, no header of the caller's but the ids that Katello sends. */
export function logLine(
  { request, requestId, operation, caller }: Exchange,
  status: number,
  milliseconds: number,
): object {
  return {
    request_id: requestId,
    session_id: request.headers["x-session-id"],
    operation: operation?.id,
    method: request.method,
    path: pathOf(request).slice(0, 1024),
    status,
    caller: caller?.kind,
    name: caller !== undefined && "name" in caller ? caller.name : undefined,
    ms: Math.round(milliseconds * 10) / 10,
  };
}
