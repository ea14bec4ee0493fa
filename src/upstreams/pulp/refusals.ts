/** Errors for replies of Pulp that are not content. */

import { ERROR_CODES, type ErrorCode } from "../../generated/error-codes.ts";
import { type ErrorHeaders, type RegistryError, registryError } from "../../model/errors.ts";
import { headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";

/** Maximum size of an error body. */
export const MAX_ERROR_BYTES = 65_536;

/** `Retry-After` where neither Pulp nor a reverse proxy in front of it sends one. */
export const DEFAULT_RETRY_AFTER = "5";

/**
 * Message for a repository that Pulp does not have, although the caller may see it. Katello lists and grants repositories
 * when a sync begins, and copies their content afterwards.
 */
const NOT_SYNCED =
  "the repository has not been synchronized to this Smart Proxy yet: its Pulp does not have it";

/** Error codes of replies without a usable body. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "REQUEST_INVALID",
  404: "NAME_UNKNOWN",
  406: "UNSUPPORTED",
  416: "RANGE_INVALID",
  429: "TOOMANYREQUESTS",
};

interface PulpError {
  readonly code: ErrorCode | undefined;
  readonly message?: string;
  readonly detail?: unknown;
}

const isErrorCode = (code: unknown): code is ErrorCode => ERROR_CODES.some((candidate) => candidate === code);

/** Parses the first error of a registry's error body, or the text of Django's REST framework. */
function parseError(status: number, text: string): PulpError {
  try {
    const body: { errors?: unknown; detail?: unknown } = JSON.parse(text);
    const [error]: unknown[] = Array.isArray(body.errors) ? body.errors : [];
    if (typeof error === "object" && error !== null && "code" in error && "message" in error) {
      const { code, message } = error;
      if (isErrorCode(code) && typeof message === "string")
        return { code, message, detail: "detail" in error ? error.detail : {} };
    }
    if (typeof body.detail === "string" && status === 400)
      return { code: BY_STATUS[400], message: body.detail };
  } catch {
    // an HTML page, or nothing
  }
  return { code: BY_STATUS[status] };
}

/** Makes the error for a refusal. Pulp's errors are passed on; a refused certificate is the gateway's fault and becomes a 502. */
export async function errorOf(upstream: Upstream, reply: UpstreamReply): Promise<RegistryError> {
  const { status } = reply;
  const retryAfter = headerOf(reply, "retry-after");
  const text = await upstream.text(reply, MAX_ERROR_BYTES);
  if (status === 401 || status === 403) {
    return upstream.unusable(`replies ${status}: it does not accept the certificate of pulp_client_ssl_cert`);
  }
  const headers: ErrorHeaders = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  const { code, ...rest } = parseError(status, text);
  if (code === "NAME_UNKNOWN" && rest.message !== undefined)
    return registryError(code, { ...rest, message: NOT_SYNCED, status, headers });
  if (code !== undefined) return registryError(code, { ...rest, status, headers });
  return status >= 502 && status <= 504
    ? registryError("UNAVAILABLE", {
        status,
        message: "Pulp is unavailable",
        headers: status === 502 ? headers : { "Retry-After": DEFAULT_RETRY_AFTER, ...headers },
      })
    : upstream.unusable(`replies ${status}`);
}
