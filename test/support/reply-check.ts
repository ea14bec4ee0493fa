/** Holds every reply against the contract: status, headers, body. */
import { readFileSync } from "node:fs";
import { OpenAPIBackend } from "openapi-backend";
import { parse } from "yaml";
import { RouteTable } from "../../src/routes.ts";

/** A reply as it came over the wire. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const contract = parse(readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8"));
const backend = new OpenAPIBackend({
  definition: contract,
  strict: true,
  ajvOpts: { formats: { "date-time": (text: string) => !Number.isNaN(Date.parse(text)) } },
});
const ready = backend.init();
const routes = new RouteTable();

function declaredHeaders(operationId: string, status: number): Readonly<Record<string, object>> {
  const operation = backend.router.getOperation(operationId);
  const response = operation?.responses?.[String(status)];
  return response !== undefined && "headers" in response ? (response.headers ?? {}) : {};
}

const isJson = (type: unknown): boolean => typeof type === "string" && type.startsWith("application/json");

/** @throws Error that says how a reply breaks the contract */
export async function checkReply(method: string, target: string, reply: WireReply): Promise<void> {
  await ready;
  const { status, headers, text } = reply;
  const where = `${method} ${target} -> ${status}`;
  const route = routes.find(method, target.split("?", 1)[0] ?? "");
  if (route === undefined || "allow" in route) {
    if (method !== "HEAD" && JSON.parse(text).errors[0].code === undefined)
      throw new Error(`${where}: no error code`);
    return;
  }
  const { id, statuses } = route.operation;
  if (!statuses.some((known) => known === status))
    throw new Error(`${where}: the contract has no such status for ${id}`);
  for (const [name, header] of Object.entries(declaredHeaders(id, status))) {
    if ("required" in header && header.required === true && headers[name.toLowerCase()] === undefined)
      throw new Error(`${where}: no ${name}`);
  }
  const about = backend.validator.validateResponseHeaders(headers, id, { statusCode: status });
  if (!about.valid) throw new Error(`${where}: headers: ${JSON.stringify(about.errors)}`);
  if (method === "HEAD") {
    if (text !== "") throw new Error(`${where}: HEAD with a body`);
    return;
  }
  if (!isJson(headers["content-type"])) {
    if (status >= 400) throw new Error(`${where}: an error that isn't JSON`);
    return;
  }
  const body = backend.validator.validateResponse(JSON.parse(text), id, status);
  if (!body.valid) throw new Error(`${where}: body: ${JSON.stringify(body.errors)}`);
}
