/** One request on its way to its reply: what is found out about it, and what every reply and the log say of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operation } from "../generated/operations.ts";
import type { Caller } from "../model/operations.ts";
import { Cancellation } from "../resilience/cancellation.ts";
import { pathOf, sentPathOf } from "./requests.ts";

/** A request with its response; operation and caller as soon as they are known. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  operation?: Operation;
  caller?: Caller;
  /** The path parameters, checked. */
  path?: Readonly<Record<string, string>>;
  /** The client's address, as far as those in front are believed. */
  address?: string | undefined;
  /** The site whose turn this is, while the gateway works for it. */
  turnOf?: string | undefined;
}

/** The caller's cancellation: lost when it goes away before the answer is out. */
export function cancellationOf({ response, address }: Exchange): Cancellation {
  const cancellation = new Cancellation(address);
  const leave = () => {
    if (!response.writableFinished) cancellation.cancel();
  };
  if (response.destroyed) leave();
  response.once("close", leave);
  return cancellation;
}

const ENTRY = /^(?:\/container_gateway)?\/v2(?:\/|$)/;

/** The headers that belong to every reply, whatever the operation: names and values in turn. */
export function automaticHeaders({ request, requestId, operation }: Exchange): readonly string[] {
  const headers = ["X-Request-Id", requestId];
  const path = pathOf(request);
  if (operation?.tag !== "registry" && !ENTRY.test(path)) return headers;
  headers.push("Docker-Distribution-Api-Version", "registry/2.0");
  // podman and skopeo ask for signatures then, at the root of the registry, and a pull fails that finds no registry there.
  // TrustedProxies in front that lead to the prefix lead nothing to it but `/v2`.
  if (!path.startsWith("/container_gateway")) headers.push("X-Registry-Supports-Signatures", "1");
  return headers;
}

/** Ids and names of a caller's own making are told as far as they are of a usual length. */
const MAX_LOGGED_CHARS = 256;

/** The name that a caller goes by, if it has one. */
export const nameOf = (caller: Caller | undefined): string | undefined =>
  caller !== undefined && "name" in caller ? caller.name : undefined;

/** What the log says of a reply: no query, no header of the caller's but the ids that Katello sends. */
export function logLine(
  { request, requestId, operation, caller }: Exchange,
  status: number,
  milliseconds: number,
): object {
  return {
    request_id: requestId,
    session_id: String(request.headers["x-session-id"] ?? "").slice(0, MAX_LOGGED_CHARS) || undefined,
    operation: operation?.id,
    method: request.method,
    path: sentPathOf(request).slice(0, 1024),
    status,
    caller: caller?.kind,
    name: nameOf(caller)?.slice(0, MAX_LOGGED_CHARS),
    ms: Math.round(milliseconds * 10) / 10,
  };
}
