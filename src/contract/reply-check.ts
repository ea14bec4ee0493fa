/** Holds replies to the contract: status, headers and body. */
import type { Operation } from "../generated/operations.ts";
import type { ReplyValidators } from "../http/contract.ts";
import { RouteTable } from "../http/routes.ts";

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
  { id }: Operation,
  { status, headers, text }: JudgedReply,
): string[] {
  if (!isJson(headers["content-type"])) return status >= 400 ? ["an error that is not JSON"] : [];
  if (text === undefined) return [];
  const body = parsed(text);
  if (body === undefined) return ["the body is not the JSON that its Content-Type announces"];
  return validators.body(id, status, body.value).map((problem) => `body: ${problem}`);
}

/**
 * Problems of a reply, one in each text; empty if it keeps the contract. Requests that the contract does not have must get an
 * error in its form.
 */
export function replyProblems(
  validators: ReplyValidators,
  method: string,
  target: string,
  reply: JudgedReply,
): readonly string[] {
  const { status, headers, text } = reply;
  const operation = operationOf(method, target);
  if (operation === undefined) {
    const isError = method === "HEAD" || text === undefined || isErrors(parsed(text)?.value);
    return isError ? [] : ["a request that the contract does not have must get an error with a code"];
  }
  const { id, statuses } = operation;
  if (!statuses.some((known) => known === status)) return [`the contract has no status ${status} for ${id}`];
  const problems = validators
    .requiredHeaders(id, status)
    .filter((name) => headers[name.toLowerCase()] === undefined)
    .map((name) => `there is no header ${name}`);
  problems.push(...validators.headers(id, status, headers).map((problem) => `headers: ${problem}`));
  if (method !== "HEAD") problems.push(...bodyProblems(validators, operation, reply));
  else if (text !== undefined && text !== "") problems.push("HEAD with a body");
  return problems;
}
