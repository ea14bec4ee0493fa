/**
 * Registry errors: every code of the contract with its status and text, on Boom, and the one place that turns
 * any error into an answer.
 */
import { Boom, isBoom } from "@hapi/boom";
import type { ErrorCode } from "../generated/error-codes.ts";
import type { components } from "../generated/openapi.ts";
import type { Refusal } from "./audit-events.ts";

/** The body of every error, distribution specification section "Error Codes". */
export type ErrorBody = components["schemas"]["Errors"];

const MEANING = {
  BLOB_UNKNOWN: [404, "blob unknown to registry"],
  DENIED: [403, "requested access to the resource is denied"],
  DIGEST_INVALID: [400, "provided digest is not a digest"],
  MANIFEST_INVALID: [400, "manifest invalid"],
  MANIFEST_UNKNOWN: [404, "manifest unknown"],
  NAME_INVALID: [400, "invalid repository name"],
  NAME_UNKNOWN: [404, "repository name not known to registry"],
  PAGINATION_NUMBER_INVALID: [400, "invalid number of results requested"],
  RANGE_INVALID: [416, "requested range is not satisfiable"],
  REQUEST_INVALID: [400, "the request breaks the contract"],
  SIZE_INVALID: [413, "the body is too long"],
  TAG_INVALID: [400, "provided tag is not a tag"],
  TOOMANYREQUESTS: [429, "too many requests"],
  UNAUTHORIZED: [401, "authentication required"],
  UNAVAILABLE: [503, "service unavailable, try again"],
  UNKNOWN: [500, "unknown error"],
  UNSUPPORTED: [405, "the operation is unsupported"],
} as const satisfies Record<ErrorCode, readonly [status: number, message: string]>;

/** Headers that belong to an error: a challenge, an Allow, a Retry-After. */
export type ErrorHeaders = Readonly<Record<string, string>>;

interface ErrorData {
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly headers: ErrorHeaders;
  readonly refusal: Refusal | undefined;
}

/** What may be said of an error beyond its code. */
export interface ErrorOptions {
  /** Instead of the code's own text. Clients see it: no secrets, no internals. */
  readonly message?: string;
  /** Instead of the code's own status; the operation must declare it. */
  readonly status?: number;
  readonly detail?: unknown;
  readonly headers?: ErrorHeaders;
  /** Set where the caller is turned away: why, for the audit log. The client never sees it. */
  readonly refusal?: Refusal | undefined;
  /** What really happened. The log keeps it, the client never sees it. */
  readonly cause?: unknown;
}

/** An error that a client gets to see under its code. */
export type RegistryError = Boom<ErrorData>;

/** Makes the error that is thrown wherever a request can't be answered. */
export function registryError(code: ErrorCode, options: ErrorOptions = {}): RegistryError {
  const [status, message] = MEANING[code];
  const error = new Boom(options.message ?? message, {
    statusCode: options.status ?? status,
    data: {
      code,
      detail: options.detail ?? {},
      headers: options.headers ?? {},
      refusal: options.refusal,
    },
    ctor: registryError,
  });
  if (options.cause !== undefined) error.cause = options.cause;
  return error;
}

/** The 503 for what can't be done now: `seconds` until it is worth another attempt; `cause` is for the log alone. */
export const unavailable = (message: string, seconds: number, cause?: unknown): RegistryError =>
  registryError("UNAVAILABLE", { message, headers: { "Retry-After": String(seconds) }, cause });

/** Whether an error is one that clients may see. */
export const isRegistryError = (error: unknown): error is RegistryError =>
  isBoom(error) && typeof error.data === "object" && error.data !== null && "code" in error.data;

/** An answer made of an error. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: ErrorHeaders;
  readonly body: ErrorBody;
}

/**
 * The answer to any error. What is no RegistryError is a fault of ours: the client gets a code and the request id
 * to name to the operator, and nothing else.
 */
export function errorReply(error: unknown, requestId: string): ErrorReply {
  if (!isRegistryError(error) || error.data === undefined) {
    return errorReply(registryError("UNKNOWN", { detail: { request_id: requestId } }), requestId);
  }
  const { code, detail, headers } = error.data;
  return {
    status: error.output.statusCode,
    headers,
    body: { errors: [{ code, message: error.message, detail }] },
  };
}
