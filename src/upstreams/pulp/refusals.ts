/** What the gateway makes of an answer of Pulp that is no content. */

import { ERROR_CODES, type ErrorCode } from "../../generated/error-codes.ts";
import { type ErrorHeaders, type RegistryError, registryError } from "../../model/errors.ts";
import { headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";

/** No error is longer. */
export const MAX_ERROR_BYTES = 65_536;

/** Seconds after which to ask again, where who stands before Pulp doesn't say. */
export const SOON = "5";

/**
 * Pulp's word that it has no such repository. The caller may see it, so Katello lists it: it comes with the next sync, whose
 * beginning lists and grants what is copied afterwards.
 */
const NOT_SYNCED =
  "the repository has not been synchronized to this Smart Proxy yet: its Pulp does not have it";

/** What a status without a usable body means. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "REQUEST_INVALID",
  404: "NAME_UNKNOWN",
  406: "UNSUPPORTED",
  416: "RANGE_INVALID",
  429: "TOOMANYREQUESTS",
};

interface Told {
  readonly code: ErrorCode | undefined;
  readonly message?: string;
  readonly detail?: unknown;
}

const isErrorCode = (code: unknown): code is ErrorCode => ERROR_CODES.some((known) => known === code);

/** The first error of a registry's error body, or the text that Django's framework has for it. */
function parseError(status: number, text: string): Told {
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

/** Pulp's errors go down as they are; a refused certificate is this gateway's fault and not the caller's. */
export async function refusalOf(upstream: Upstream, answer: UpstreamReply): Promise<RegistryError> {
  const { status } = answer;
  const retryAfter = headerOf(answer, "retry-after");
  const text = await upstream.text(answer, MAX_ERROR_BYTES);
  if (status === 401 || status === 403) {
    return upstream.unusable(`answers ${status}: it does not accept the certificate of pulp_client_ssl_cert`);
  }
  const headers: ErrorHeaders = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  const { code, ...told } = parseError(status, text);
  if (code === "NAME_UNKNOWN" && told.message !== undefined)
    return registryError(code, { ...told, message: NOT_SYNCED, status, headers });
  if (code !== undefined) return registryError(code, { ...told, status, headers });
  return status >= 502 && status <= 504
    ? registryError("UNAVAILABLE", {
        status,
        message: "Pulp is unavailable",
        headers: status === 502 ? headers : { "Retry-After": SOON, ...headers },
      })
    : upstream.unusable(`answers ${status}`);
}
