/** The contract, openapi.yaml, and the validators that openapi-backend compiles from it. */
import { readFileSync } from "node:fs";
import { type Document, OpenAPIBackend, OpenAPIValidator } from "openapi-backend";
import { CONTRACT } from "../generated/contract.ts";
import { type RegistryError, registryError } from "../model/errors.ts";

/** Text of the contract, as it is served. */
export const contractText = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");

type Validate = ReturnType<OpenAPIValidator["getRequestValidatorsForOperation"]>[number];
type Problems = NonNullable<Validate["errors"]>;

/** Validators of the path and the query of each operation, by its id. */
export type Checks = ReadonlyMap<string, Validate>;

/**
 * Compiles the validators of all operations. The contract itself is not validated: `npm run lint:api` does that, and it
 * takes ten times as long as compiling. Bodies are excluded: they are read as streams, and validated entry by entry.
 */
export async function compileChecks(): Promise<Checks> {
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
  return new Map(
    router.getOperations().flatMap(({ requestBody: _, ...operation }) => {
      const validate = validator.buildRequestValidatorsForOperation(operation)?.at(-1);
      return validate === undefined ? [] : [[operation.operationId ?? "", validate]];
    }),
  );
}

/** Creates the error for an invalid query. */
export function invalidParameter([error]: Problems): RegistryError {
  const parameter = error?.instancePath.split("/")[2] ?? "";
  return registryError(parameter === "n" ? "PAGINATION_NUMBER_INVALID" : "REQUEST_INVALID", {
    detail: { parameter, problem: error?.message ?? "invalid" },
  });
}
