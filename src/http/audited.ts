/** What the audit log is told of an exchange. */
import type { Decision } from "../model/audit-events.ts";
import { isRegistryError } from "../model/errors.ts";
import { type Exchange, nameOf } from "./exchange.ts";

/** The decision about an exchange in the audit log's words. */
function decision(
  { operation, caller, path, address, requestId }: Exchange,
  event: Decision["event"],
  outcome: Pick<Decision, "decision" | "why"> & { readonly name?: string | undefined },
): Decision {
  return {
    event,
    caller: caller?.kind,
    name: nameOf(caller),
    address,
    operation: operation?.id,
    repository: path?.name,
    reference: path?.reference ?? path?.digest,
    requestId,
    ...outcome,
  };
}

/** Whether an operation is for administrators alone. */
export const isAdministration = ({ operation }: Pick<Exchange, "operation">): boolean =>
  operation !== undefined &&
  operation.security.length > 0 &&
  operation.security.every((scheme) => scheme === "administrator");

/** What is to be audited of a reply: calls of administration, and pulls if they are wanted. */
export function allowance(exchange: Exchange, pulls: boolean): Decision | undefined {
  if (isAdministration(exchange))
    return decision(exchange, "administration", { decision: "allowed", why: undefined });
  return pulls && exchange.path?.name !== undefined
    ? decision(exchange, "pull", { decision: "allowed", why: undefined })
    : undefined;
}

/** What is to be audited of an error: that a caller was turned away, or that a call of administration failed. */
export function denial(exchange: Exchange, error: unknown): Decision | undefined {
  const refusal = isRegistryError(error) ? error.data?.refusal : undefined;
  const event = isAdministration(exchange) ? "administration" : "access";
  if (refusal !== undefined)
    return decision(exchange, event, {
      decision: "refused",
      why: refusal.why,
      ...(refusal.name === undefined ? {} : { name: refusal.name }),
    });
  if (event === "access") return undefined;
  const why = isRegistryError(error) ? error.message : "unexpected error";
  return decision(exchange, event, { decision: "failed", why });
}
