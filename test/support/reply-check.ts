/** Validates every reply against the contract, status, headers and body, and stores it to be searched for secrets. */
import { type Document, OpenAPIBackend, OpenAPIValidator } from "openapi-backend";
import { CONTRACT } from "../../src/generated/contract.ts";
import { RouteTable } from "../../src/http/routes.ts";
import { keepReply } from "./secrets.ts";

/** A reply as received. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Validators are compiled at first use: all of them take seconds in each file. */
const backend = new OpenAPIBackend({
  definition: structuredClone(CONTRACT) as Document,
  quick: true,
  strict: true,
  validate: false,
});
await backend.init();
const validator = new OpenAPIValidator({
  definition: backend.definition,
  router: backend.router,
  lazyCompileValidators: true,
  ajvOpts: {
    meta: false,
    validateSchema: false,
    code: { optimize: false },
    formats: { "date-time": (text: string) => !Number.isNaN(Date.parse(text)) },
  },
});
const routes = new RouteTable();

function declaredHeaders(operationId: string, status: number): Readonly<Record<string, object>> {
  const operation = backend.router.getOperation(operationId);
  const response = operation?.responses?.[String(status)];
  return response !== undefined && "headers" in response ? (response.headers ?? {}) : {};
}

const isJson = (type: unknown): boolean => typeof type === "string" && type.startsWith("application/json");

/** @throws Error that names the violation of the contract */
export function checkReply(method: string, target: string, reply: WireReply): void {
  const { status, headers, text } = reply;
  keepReply(target, reply);
  const where = `${method} ${target} -> ${status}`;
  const path = target.replace(/^http:\/\/[^/?#]*/, "").split("?", 1)[0] ?? "";
  const route = routes.find(method, path.replace(/\/{2,}/g, "/"));
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
  const about = validator.validateResponseHeaders(headers, id, { statusCode: status });
  if (!about.valid) throw new Error(`${where}: headers: ${JSON.stringify(about.errors)}`);
  if (method === "HEAD") {
    if (text !== "") throw new Error(`${where}: HEAD with a body`);
    return;
  }
  if (!isJson(headers["content-type"])) {
    if (status >= 400) throw new Error(`${where}: an error that isn't JSON`);
    return;
  }
  const body = validator.validateResponse(JSON.parse(text), id, status);
  if (!body.valid) throw new Error(`${where}: body: ${JSON.stringify(body.errors)}`);
}
