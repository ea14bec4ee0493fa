/** Holds replies to the contract: status, headers and body. */
import type { Operation } from "../generated/operations.ts";
import type { ReplyValidators } from "../http/contract.ts";
import { RouteTable } from "../http/routes.ts";
import { type Problem, placeAt, placeIn } from "./place.ts";

/** A reply as received. */
export interface WireReply {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A reply to be judged: its body may be unknown, because it was too long to be kept. */
export type JudgedReply = Omit<WireReply, "text"> & { readonly text: string | undefined };

const routes = new RouteTable();

/** Operation of a request; undefined if the contract has none. @param target path and query, or a whole URL */
export function operationOf(method: string, target: string): Operation | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/, "").split("?", 1)[0] ?? "";
  const route = routes.find(method, path.replace(/\/{2,}/g, "/"));
  return route !== undefined && "operation" in route ? route.operation : undefined;
}

const isJson = (type: unknown): boolean => typeof type === "string" && /^application\/json\b/i.test(type);

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** True for the body that every error has (distribution specification, "Error Codes"). */
function isErrors(body: unknown): boolean {
  if (typeof body !== "object" || body === null || !("errors" in body) || !Array.isArray(body.errors))
    return false;
  return body.errors.length > 0 && body.errors.every(({ code }) => typeof code === "string");
}

function bodyProblems(
  validators: ReplyValidators,
  operation: Operation,
  { status, headers, text }: JudgedReply,
): Problem[] {
  const about = (problem: string, rule = "#"): Problem => {
    const schema = ["content", "application/json", "schema", ...rule.split("/").slice(1)];
    return { text: problem, place: placeIn(operation, "responses", String(status), ...schema) };
  };
  if (!isJson(headers["content-type"])) return status >= 400 ? [about("an error that is not JSON")] : [];
  if (text === undefined) return [];
  const body = parsed(text);
  if (body === undefined) return [about("the body is not the JSON that its Content-Type announces")];
  const problems = validators.body(operation.id, status, body.value);
  return problems.map((problem) => about(`body: ${problem.text}`, problem.rule));
}

/** Problem of a reply to a request that no operation has. */
const NO_ERROR_CODE = (): Problem => ({
  text: "a request that the contract does not have must get an error with a code",
  place: placeAt("components", "schemas", "Errors"),
});

/**
 * Problems of a reply; empty if it keeps the contract. Requests that the contract does not have must get an
 * error in its form.
 */
export function replyProblems(
  validators: ReplyValidators,
  method: string,
  target: string,
  reply: JudgedReply,
): readonly Problem[] {
  const { status, headers, text } = reply;
  const operation = operationOf(method, target);
  if (operation === undefined) {
    const isError = method === "HEAD" || text === undefined || isErrors(parsed(text)?.value);
    return isError ? [] : [NO_ERROR_CODE()];
  }
  const { id, statuses } = operation;
  if (!statuses.some((known) => known === status)) {
    const place = placeIn(operation, "responses");
    return [{ text: `the contract has no status ${status} for ${id}`, place }];
  }
  const responseAt = (...keys: string[]) => placeIn(operation, "responses", String(status), ...keys);
  const headerAt = (name: string) => responseAt("headers", name);
  const problems = validators
    .requiredHeaders(id, status)
    .filter((name) => headers[name.toLowerCase()] === undefined)
    .map((name): Problem => ({ text: `there is no header ${name}`, place: headerAt(name) }));
  for (const { text: problem, header } of validators.headers(id, status, headers))
    problems.push({ text: `headers: ${problem}`, place: headerAt(header) });
  if (method !== "HEAD") problems.push(...bodyProblems(validators, operation, reply));
  else if (text !== undefined && text !== "")
    problems.push({ text: "HEAD with a body", place: responseAt() });
  return problems;
}
