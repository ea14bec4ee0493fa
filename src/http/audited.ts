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

/** Decision to audit for a successful reply about a repository, or to an administrator. */
export function allowedDecision(exchange: Exchange): Decision | undefined {
  const isAdministration = exchange.operation?.isAdministration === true;
  // Operators and monitoring look often, and change nothing.
  if (exchange.operation?.tag === "admin" && exchange.operation.method === "GET") return undefined;
  if (!isAdministration && exchange.path?.name === undefined) return undefined;
  return decision(exchange, isAdministration ? "administration" : "pull", {
    decision: "allowed",
    why: undefined,
  });
}

/** Decision to audit for an error: a refused caller, or a failed administration call. */
export function deniedDecision(exchange: Exchange, error: unknown): Decision | undefined {
  const refusal = isRegistryError(error) ? error.data?.refusal : undefined;
  const event = exchange.operation?.isAdministration ? "administration" : "access";
  if (refusal !== undefined)
    return decision(exchange, event, {
      decision: "refused",
      why: refusal.why,
      ...(refusal.name === undefined ? {} : { name: refusal.name }),
    });
  if (event === "access") return undefined;
  // The page of a browser that is not signed in asks for a session: nobody has been refused.
  if (isRegistryError(error) && error.data?.code === "UNAUTHORIZED") return undefined;
  const why = isRegistryError(error) ? error.message : "unexpected error";
  return decision(exchange, event, { decision: "failed", why });
}
