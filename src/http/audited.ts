/** Creates audit decisions from exchanges. */
import type { Decision } from "../model/audit-events.ts";
import { isRegistryError } from "../model/errors.ts";
import { type Exchange, nameOf } from "./exchange.ts";

/** Converts an exchange to an audit decision. */
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

/** True for an operation that only administrators may call. */
export const isAdministration = ({ operation }: Pick<Exchange, "operation">): boolean =>
  operation !== undefined &&
  operation.security.length > 0 &&
  operation.security.every((scheme) => scheme === "administrator");

/** Decision to audit for a successful reply: administration always, pulls if `audit_pulls` is set. */
export function allowedDecision(exchange: Exchange, pulls: boolean): Decision | undefined {
  if (isAdministration(exchange))
    return decision(exchange, "administration", { decision: "allowed", why: undefined });
  return pulls && exchange.path?.name !== undefined
    ? decision(exchange, "pull", { decision: "allowed", why: undefined })
    : undefined;
}

/** Decision to audit for an error: a refused caller, or a failed administration call. */
export function deniedDecision(exchange: Exchange, error: unknown): Decision | undefined {
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
