/** The decision of a pull in the words of an explanation. */

import type { components } from "../../generated/openapi.ts";
import type { RegistryError } from "../../model/errors.ts";
import type { StaleReason } from "../../model/grants.ts";
import type { StoredRepository } from "../../store/overview.ts";
import type { KnownCaller } from "./callers.ts";

type Schemas = components["schemas"];
type Verdict = Pick<Schemas["Explanation"], "decision" | "status" | "reason">;

/** The status of a refused pull. */
export const statusOf = (refusal: RegistryError): number => refusal.output.statusCode;

/** The decision, and the reason for it. */
export function decisionOf(
  refusal: RegistryError | undefined,
  { unknown, shown }: KnownCaller,
  repository: StoredRepository | undefined,
  stale: StaleReason | undefined,
): Verdict {
  if (refusal === undefined) {
    const reason =
      repository?.auth_required === false
        ? "the repository is open to everybody"
        : `the repository is granted to this ${shown.kind}`;
    return { decision: "allowed", status: 200, reason };
  }
  const status = statusOf(refusal);
  if (status >= 500) return { decision: "unknown", status, reason: refusal.message };
  if (unknown !== undefined && repository?.listed === true)
    return { decision: "unknown", status, reason: unknown };
  if (stale !== undefined)
    return {
      decision: "unknown",
      status,
      reason: "the stored grants may be outdated: Katello is asked at the next pull",
    };
  return { decision: "refused", status, reason: refusal.data?.refusal?.why ?? refusal.message };
}
