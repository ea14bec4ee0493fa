/** Creates audit decisions from exchanges. */
import type { Decision } from "../model/audit-events.ts";
import { isRegistryError } from "../model/errors.ts";
import { type Exchange, nameOf } from "./exchange.ts";

/** Maximum length of the subject: a login may be long, and several parameters may have one. */
const MAX_SUBJECT_CHARS = 512;

const quoted = (value: string): string => (/[\s"]/.test(value) ? JSON.stringify(value) : value);

/** Parameters of an operator's call, which hold no secrets. */
function subjectOf({ operation, path, query }: Exchange): string | undefined {
  if (operation?.tag !== "admin") return undefined;
  const parameters = Object.entries({ ...path, ...query }).filter(([, value]) => value !== undefined);
  const text = parameters.map(([name, value]) => `${name}=${quoted(String(value))}`).join(" ");
  return text.slice(0, MAX_SUBJECT_CHARS) || undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Converts an exchange to an audit decision. */
function decision(
  exchange: Exchange,
  event: Decision["event"],
  outcome: Pick<Decision, "decision" | "why"> & { readonly name?: string | undefined },
): Decision {
  const { operation, caller, path, query, address, requestId } = exchange;
  return {
    event,
    caller: caller?.kind,
    name: nameOf(caller),
    address,
    operation: operation?.id,
    repository: path?.name ?? path?.repository ?? textOf(query?.repository),
    reference: path?.reference ?? path?.digest,
    subject: subjectOf(exchange),
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
