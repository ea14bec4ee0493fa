/** The 401 reply and its challenge (distribution specification, "Token Authentication"). */
import type { Refusal } from "../model/audit-events.ts";
import { type RegistryError, registryError } from "../model/errors.ts";
import { memoize } from "../resilience/memoize.ts";

/** Reason for refusing credentials (RFC 6750 section 3.1). Absent if there were none. */
export type ChallengeReason = "invalid_token" | "insufficient_scope";

/** Origin and scope in a challenge. */
export interface ChallengePlace {
  /** Scheme, host and port by which the caller reaches the gateway. */
  readonly origin: string;
  /** Scope such as `repository:org/app:pull`; absent if the request names no repository. */
  readonly scope: string | undefined;
}

/** Origins whose service is remembered: one for each name of the gateway. */
const MAX_ORIGINS = 100;

const serviceOf = memoize((origin) => new URL(origin).host, MAX_ORIGINS);

/**
 * Creates a 401 with a Bearer challenge. There is no Basic challenge beside it, because clients fail on two challenges.
 * @param refusal reason for the audit log; absent if the 401 only tells the client to log in
 */
export function unauthorized(
  { origin, scope }: ChallengePlace,
  reason?: ChallengeReason,
  refusal?: Refusal,
): RegistryError {
  const parts = [`realm="${origin}/v2/token"`, `service="${serviceOf(origin)}"`];
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  if (reason !== undefined) parts.push(`error="${reason}"`);
  return registryError("UNAUTHORIZED", {
    headers: { "WWW-Authenticate": `Bearer ${parts.join(",")}` },
    refusal,
  });
}
