/**
 * Registry errors, based on Boom: every code of the contract with its default status and text, and the conversion of any
 * error to a reply.
 */
import { Boom, isBoom } from "@hapi/boom";
import type { ErrorCode } from "../generated/error-codes.ts";
import type { components } from "../generated/openapi.ts";
import type { Refusal } from "./audit-events.ts";

/** Body of every error (distribution specification, "Error Codes"). */
export type ErrorBody = components["schemas"]["Errors"];

const DEFAULTS = {
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

/** Headers of an error reply: a challenge, `Allow`, `Retry-After`. */
export type ErrorHeaders = Readonly<Record<string, string>>;

interface ErrorData {
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly headers: ErrorHeaders;
  readonly refusal: Refusal | undefined;
}

/** Details of an error. */
export interface ErrorOptions {
  /** Replaces the default text of the code. Clients see it: no secrets, no internals. */
  readonly message?: string;
  /** Replaces the default status of the code; the operation must declare it. */
  readonly status?: number;
  readonly detail?: unknown;
  readonly headers?: ErrorHeaders;
  /** Reason for refusing the caller, for the audit log. The client never sees it. */
  readonly refusal?: Refusal | undefined;
  /** Underlying error, for the log. The client never sees it. */
  readonly cause?: unknown;
}

/** Error that is sent to the client. */
export type RegistryError = Boom<ErrorData>;

const NO_DETAIL = {};

/** Creates a Boom without a stack: collecting one takes longer than the rest of a refusal, and says what the code does. */
function boomOf(message: string, statusCode: number, data: ErrorData): RegistryError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new Boom(message, { statusCode, data });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Creates an error, which is thrown to refuse a request. It has no stack of its own; the one of its cause tells where it began. */
export function registryError(code: ErrorCode, options: ErrorOptions = {}): RegistryError {
  const [status, message] = DEFAULTS[code];
  const error = boomOf(options.message ?? message, options.status ?? status, {
    code,
    detail: options.detail ?? NO_DETAIL,
    headers: options.headers ?? {},
    refusal: options.refusal,
  });
  if (options.cause !== undefined) error.cause = options.cause;
  return error;
}

/**
 * Creates a 503 for a temporary failure.
 * @param retryAfterS seconds in the `Retry-After` header
 * @param cause underlying error, for the log
 */
export const unavailable = (message: string, retryAfterS: number, cause?: unknown): RegistryError =>
  registryError("UNAVAILABLE", { message, headers: { "Retry-After": String(retryAfterS) }, cause });

/** True for an error that clients may see. */
export const isRegistryError = (error: unknown): error is RegistryError =>
  isBoom(error) && typeof error.data === "object" && error.data !== null && "code" in error.data;

const LIMIT = /\(([a-z]+(?:_[a-z]+)+)(?:, [a-z_]+)*\)$/;

/** Setting of the limit that an error names at the end of its message; undefined for other errors. */
export function limitOf(error: unknown): string | undefined {
  if (!isRegistryError(error)) return undefined;
  const code = error.data?.code;
  if (code !== "UNAVAILABLE" && code !== "TOOMANYREQUESTS") return undefined;
  return LIMIT.exec(error.message)?.[1];
}

/** Reply to an error. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: ErrorHeaders;
  readonly body: ErrorBody;
}

/**
 * Converts any error to a reply. An error that is no RegistryError is a bug: the client gets the code UNKNOWN and the
 * request id, which it can report to the operator.
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
