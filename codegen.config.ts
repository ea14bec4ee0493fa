/**
 * Generates src/generated from openapi.yaml, and the client of the status page. Run by `npm run generate`; nothing else writes
 * them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { parse } from "yaml";

const CONTRACT = new URL("./openapi.yaml", import.meta.url);
const OUTPUT = new URL("./src/generated/", import.meta.url);
const METHODS = ["get", "head", "put", "post", "patch", "delete"] as const;
const HEADER = "// Made from openapi.yaml by `npm run generate`. Not to be edited.\n";

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  schema?: { type?: string };
  "x-multi-segment"?: boolean;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, Response>;
}

interface Response {
  $ref?: string;
  content?: Record<string, unknown>;
  headers?: Record<string, { $ref?: string }>;
}

interface PathItem extends Partial<Record<(typeof METHODS)[number], Operation>> {
  servers?: { url: string }[];
  parameters?: Parameter[];
  "x-challenge-scope"?: string;
}

interface Contract {
  servers: { url: string }[];
  paths: Record<string, PathItem>;
  components: {
    parameters: Record<string, Parameter>;
    responses: Record<string, Response>;
    headers?: Record<string, { $ref?: string }>;
    securitySchemes: Record<string, unknown>;
    schemas: Record<string, { pattern?: string; maxLength?: number; enum?: string[] }>;
  };
}

const contract: Contract = parse(readFileSync(CONTRACT, "utf8"));

function resolve(parameter: Parameter): Parameter {
  const name = parameter.$ref?.split("/").at(-1);
  if (name === undefined) return parameter;
  const found = contract.components.parameters[name];
  if (found === undefined) throw new Error(`openapi.yaml has no parameter ${name}`);
  return found;
}

/** The media type of what succeeds; JSON where nothing does, as all errors are. */
function mediaType({ responses }: Operation): string {
  const success = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1];
  const named = contract.components.responses[success?.$ref?.split("/").at(-1) ?? ""];
  return Object.keys(success?.content ?? named?.content ?? {})[0] ?? "application/json";
}

const OF_ADMINISTRATORS = ["administrator", "session"];

/** True for an operation that only administrators may call. */
const isAdministration = ({ security = [] }: Operation): boolean =>
  security.length > 0 &&
  security.every((alternative) => OF_ADMINISTRATORS.includes(Object.keys(alternative)[0] ?? ""));

const prefixes = (servers: { url: string }[]): string[] => servers.map(({ url }) => url.replace(/\/$/, ""));

function operationRows() {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      return [
        {
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          prefixes: prefixes(item.servers ?? contract.servers),
          tag: operation.tags[0],
          summary: operation.summary,
          security: (operation.security ?? []).map((alternative) => Object.keys(alternative)[0] ?? "nobody"),
          isAdministration: isAdministration(operation),
          challengeScope: item["x-challenge-scope"] ?? null,
          multiSegment: parameters.filter((p) => p["x-multi-segment"]).map((p) => p.name),
          query: parameters
            .filter((p) => p.in === "query")
            .map((p) => ({ name: p.name, list: p.schema?.type === "array" })),
          mediaType: mediaType(operation),
          statuses: Object.keys(operation.responses).map(Number),
        },
      ];
    }),
  );
}

const rows = operationRows();

/** Headers in place of references to them: openapi-typescript takes a header behind a reference for required. */
function withInlineHeaders(document: Contract): Contract {
  const copy = structuredClone(document);
  const { headers = {}, responses } = copy.components;
  for (const response of Object.values(responses)) {
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      response.headers = {
        ...response.headers,
        [name]: headers[header.$ref?.split("/").at(-1) ?? ""] ?? header,
      };
    }
  }
  return copy;
}

/** The types: paths, operations, components. A binary body is a stream, or all of it at once. */
async function types(): Promise<string> {
  const stream = ts.factory.createUnionTypeNode([
    ts.factory.createTypeReferenceNode("Readable"),
    ts.factory.createTypeReferenceNode("Uint8Array"),
  ]);
  const ast = await openapiTS(JSON.stringify(withInlineHeaders(contract)), {
    alphabetize: false,
    enum: false,
    transform: (schema) => ("format" in schema && schema.format === "binary" ? stream : undefined),
    inject: 'import type { Readable } from "node:stream";',
  });
  return HEADER + astToString(ast);
}

/** The operation table, from which the routes are compiled. */
function operations(): string {
  return `${HEADER}export const OPERATIONS = [
${rows.map((row) => `  ${JSON.stringify(row)},`).join("\n")}
] as const;

/** One operation of the contract: where it answers, who may call it, which query parameters it reads, what it may answer. */
export type Operation = (typeof OPERATIONS)[number];
export type OperationId = Operation["id"];
/** The ways of showing who calls; \`nobody\` stands for no credentials at all. */
export type Security = ${[...Object.keys(contract.components.securitySchemes), "nobody"].map((name) => JSON.stringify(name)).join(" | ")};
`;
}

function errorCodes(): string {
  return `${HEADER}export const ERROR_CODES = ${JSON.stringify(contract.components.schemas.ErrorCode?.enum, null, 2)} as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
`;
}

/** The grammar of names, tags, digests and the rest: every string schema that has a pattern. */
function grammar(): string {
  const patterns = Object.entries(contract.components.schemas).flatMap(([name, { pattern, maxLength }]) =>
    pattern === undefined
      ? []
      : [
          `  ${name}: { pattern: new RegExp(${JSON.stringify(pattern)}), maxLength: ${maxLength ?? "Number.POSITIVE_INFINITY"} },`,
        ],
  );
  return `${HEADER}export const GRAMMAR = {\n${patterns.join("\n")}\n} as const;\n`;
}

/** The contract as an object: parsing YAML takes a hundred times as long as parsing JSON. */
function document(): string {
  const json = JSON.stringify(parse(readFileSync(CONTRACT, "utf8")));
  return `${HEADER}export const CONTRACT: unknown = JSON.parse(${JSON.stringify(json)});\n`;
}

/** The client: one method an operation, over openapi-fetch. */
function client(): string {
  const methods = rows.map(
    ({ id, method, path, summary }) => `    /** ${summary} */
    ${id}: (...init: Init<"${path}", "${method.toLowerCase()}">) => http.${method}("${path}", ...init),`,
  );
  const multiSegment = [...new Set(rows.flatMap((row) => row.multiSegment))];
  return `${HEADER}import createHttpClient, { type ClientOptions, type MaybeOptionalInit } from "openapi-fetch";
import type { paths } from "./openapi.ts";

/** Names of the parameters of paths that may contain slashes. */
export const MULTI_SEGMENT: ReadonlySet<string> = new Set(${JSON.stringify(multiSegment)});

type Init<Path extends keyof paths, Method extends keyof paths[Path] & ("get" | "head" | "put" | "post" | "patch" | "delete")> =
  MaybeOptionalInit<paths[Path], Method> extends infer I ? (undefined extends I ? [I?] : [I]) : never;

/** A client that can ask exactly what the contract has; \`fetch\` may be replaced to reach a socket or to present a certificate. */
export function createClient(options: ClientOptions) {
  const http = createHttpClient<paths>(options);
  return {
${methods.join("\n")}
  };
}

export type Client = ReturnType<typeof createClient>;
`;
}

/** Schemas that a schema needs, by name. */
function schemasBelow(name: string, found = new Map<string, unknown>()): Map<string, unknown> {
  if (found.has(name)) return found;
  const schema = contract.components.schemas[name];
  found.set(name, schema);
  for (const [, other = ""] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    schemasBelow(other, found);
  return found;
}

/** Bodies of Katello's calls before they are encoded as forms: a JSON Schema with a definition for each call. */
function katelloSchema(): string {
  const definitions = new Map<string, unknown>();
  for (const [path, { put }] of Object.entries(contract.paths)) {
    if (put?.tags.includes("katello") !== true) continue;
    const form = put.requestBody?.content["application/x-www-form-urlencoded"]?.schema.$ref ?? "";
    const name = form.split("/").at(-1) ?? "";
    for (const [used, schema] of schemasBelow(name)) definitions.set(used, schema);
    definitions.set(path.slice(1), { $ref: `#/components/schemas/${name}` });
  }
  const document = {
    $schema: "http://json-schema.org/draft-04/schema#",
    title: "Bodies of Katello's calls before they are encoded as forms, a definition for each call",
    definitions: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(document, null, 2).replaceAll("#/components/schemas/", "#/definitions/")}\n`;
}

/** The client for browsers with openapi-fetch in one module, which the status page imports: it takes only relative imports. */
async function browserClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["src/client/browser.ts"],
    absWorkingDir: fileURLToPath(new URL("./", import.meta.url)),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    charset: "utf8",
    write: false,
  });
  const licence = readFileSync(new URL("./node_modules/openapi-fetch/LICENSE", import.meta.url), "utf8");
  const header =
    "// Made from src/client/browser.ts by `npm run generate`. Not to be edited. Contains openapi-fetch, whose licence is:";
  return `${header}\n/*!\n${licence.trim()}\n*/\n${outputFiles[0]?.text ?? ""}`;
}

mkdirSync(OUTPUT, { recursive: true });
const files = {
  "openapi.ts": await types(),
  "operations.ts": operations(),
  "error-codes.ts": errorCodes(),
  "grammar.ts": grammar(),
  "client.ts": client(),
  "contract.ts": document(),
};
for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, OUTPUT), text);
writeFileSync(new URL("./contract/katello.schema.json", import.meta.url), katelloSchema());
writeFileSync(new URL("./src/ui/client.js", import.meta.url), await browserClient());
