/** The 401 and its challenge, which always come together (distribution specification, "Token Authentication"). */
import type { Refusal } from "../model/audit-events.ts";
import { type RegistryError, registryError } from "../model/errors.ts";

/** Why credentials don't do (RFC 6750 section 3.1). Absent when there were none. */
export type ChallengeReason = "invalid_token" | "insufficient_scope";

/** Where a challenge sends the caller. */
export interface ChallengePlace {
  /** Scheme, host and port of the gateway as the caller knows it. */
  readonly origin: string;
  /** Such as `repository:org/app:pull`; absent where no repository is meant. */
  readonly scope: string | undefined;
}

/**
 * A 401 with the one Bearer challenge that every client understands: no client of ours copes with Basic beside it.
 * @param refusal for the audit log, where this is more than the way to the login
 */
export function unauthorized(
  { origin, scope }: ChallengePlace,
  reason?: ChallengeReason,
  refusal?: Refusal,
): RegistryError {
  const parts = [`realm="${origin}/v2/token"`, `service="${new URL(origin).host}"`];
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  if (reason !== undefined) parts.push(`error="${reason}"`);
  return registryError("UNAUTHORIZED", {
    headers: { "WWW-Authenticate": `Bearer ${parts.join(",")}` },
    refusal,
  });
}
