/** The contract, openapi.yaml, and the validators that openapi-backend compiles from it. */
import { readFileSync } from "node:fs";
import { type Document, OpenAPIBackend, OpenAPIValidator, SetMatchType } from "openapi-backend";
import { CONTRACT } from "../generated/contract.ts";
import { type RegistryError, registryError } from "../model/errors.ts";

/** Text of the contract, as it is served. */
export const contractText = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");

type Validate = ReturnType<OpenAPIValidator["getRequestValidatorsForOperation"]>[number];
type Problems = NonNullable<Validate["errors"]>;

/** Validators of the path and the query of each operation, by its id. */
export type Checks = Pick<ReadonlyMap<string, Validate>, "get">;

async function makeChecks(): Promise<Checks> {
  // Parsed JSON has no type; `npm run lint:api` ensures that this is an OpenAPI document.
  const definition = CONTRACT as Document;
  const backend = new OpenAPIBackend({ definition, quick: true, strict: true, validate: false });
  await backend.init();
  const { router } = backend;
  const ajvOpts = { meta: false, validateSchema: false };
  const validator = new OpenAPIValidator({
    definition: backend.definition,
    router,
    ajvOpts,
    lazyCompileValidators: true,
  });
  function compile(operationId: string): Validate | undefined {
    const declared = router.getOperation(operationId);
    if (declared === undefined) return undefined;
    const { requestBody: _, ...operation } = declared;
    return validator.buildRequestValidatorsForOperation(operation)?.at(-1);
  }
  const compiled = new Map<string, Validate>();
  return {
    get: (operationId) => {
      const validate = compiled.get(operationId) ?? compile(operationId);
      if (validate !== undefined) compiled.set(operationId, validate);
      return validate;
    },
  };
}

let checks: Promise<Checks> | undefined;

/**
 * Opens the validators of all operations. Each is compiled at its first use, which takes a few milliseconds. The contract itself is
 * not validated: `npm run lint:api` does that. Bodies are excluded: they are read as streams, and validated entry by entry.
 */
export function openChecks(): Promise<Checks> {
  checks ??= makeChecks();
  return checks;
}

/** A problem of a reply's headers or body. */
export interface SchemaProblem {
  readonly text: string;
  /** Header that it is about, in lower case; empty for a body. */
  readonly header: string;
  /** Path of the broken rule in the schema, as ajv names it: `#/properties/name/type`. */
  readonly rule: string;
}

/** Validators of replies. */
export interface ReplyValidators {
  /** Names of the headers that a reply of an operation must have, in the spelling of the contract. */
  requiredHeaders(operationId: string, status: number): readonly string[];
  /** Problems of the headers; empty if there are none. Names are in lower case. */
  headers(operationId: string, status: number, headers: object): readonly SchemaProblem[];
  /** Problems of a JSON body; empty if there are none. */
  body(operationId: string, status: number, body: unknown): readonly SchemaProblem[];
}

const isDate = (text: string): boolean => !Number.isNaN(Date.parse(text));

const schemaProblem = ({
  instancePath,
  schemaPath,
  message = "is invalid",
}: Problems[number]): SchemaProblem => ({
  text: `${instancePath === "" ? "it" : instancePath} ${message}`,
  header: instancePath.split("/")[2] ?? "",
  rule: schemaPath,
});

async function makeReplyValidators(): Promise<ReplyValidators> {
  const definition = structuredClone(CONTRACT) as Document;
  const backend = new OpenAPIBackend({ definition, quick: true, strict: true, validate: false });
  await backend.init();
  const { router } = backend;
  const validator = new OpenAPIValidator({
    definition: backend.definition,
    router,
    lazyCompileValidators: true,
    ajvOpts: {
      meta: false,
      validateSchema: false,
      code: { optimize: false },
      formats: { "date-time": isDate },
    },
  });
  // The router makes all operations anew whenever one is asked for by its id.
  const operations = new Map(router.getOperations().map((operation) => [operation.operationId, operation]));
  const compiled = new Map<string, { readonly headers: Validate; readonly body: Validate | undefined }>();
  // openapi-backend compiles all statuses of an operation at once, of which most never come.
  function compile(operationId: string, status: number) {
    const operation = operations.get(operationId);
    const response = operation?.responses?.[String(status)];
    if (operation === undefined || response === undefined) return undefined;
    // Types of OpenAPI 3.0 and 3.1 are alternatives here, and TypeScript does not see that the response is of the same one.
    const alone = { ...operation, responses: { [status]: response } } as typeof operation;
    const headers = validator.buildResponseHeadersValidatorForOperation(alone)?.[status]?.[SetMatchType.Any];
    const body = validator.buildStatusBasedResponseValidatorForOperation(alone)?.[status];
    return headers === undefined ? undefined : { headers, body };
  }
  function validatorsOf(operationId: string, status: number) {
    const key = `${operationId} ${status}`;
    const validators = compiled.get(key) ?? compile(operationId, status);
    if (validators !== undefined) compiled.set(key, validators);
    return validators;
  }
  const problemsOf = (validate: Validate | undefined, value: unknown): readonly SchemaProblem[] =>
    validate === undefined || validate(value) ? [] : (validate.errors ?? []).map(schemaProblem);
  return {
    requiredHeaders: (operationId, status) => {
      const response = operations.get(operationId)?.responses?.[String(status)];
      const declared = response !== undefined && "headers" in response ? (response.headers ?? {}) : {};
      return Object.entries(declared).flatMap(([name, header]) =>
        "required" in header && header.required === true ? [name] : [],
      );
    },
    headers: (operationId, status, headers) =>
      problemsOf(validatorsOf(operationId, status)?.headers, { headers }),
    body: (operationId, status, body) => problemsOf(validatorsOf(operationId, status)?.body, body),
  };
}

let replyValidators: Promise<ReplyValidators> | undefined;

/** Opens the validators of replies. Each is compiled at its first use: all of them together take seconds. */
export function openReplyValidators(): Promise<ReplyValidators> {
  replyValidators ??= makeReplyValidators();
  return replyValidators;
}

/** Creates the error for an invalid query. */
export function invalidParameter([error]: Problems): RegistryError {
  const parameter = error?.instancePath.split("/")[2] ?? "";
  return registryError(parameter === "n" ? "PAGINATION_NUMBER_INVALID" : "REQUEST_INVALID", {
    detail: { parameter, problem: error?.message ?? "invalid" },
  });
}
