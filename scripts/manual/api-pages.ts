/** Pages of the API reference, made from the contract: one for each tag, and one for the schemas. */

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

const fields = (value: Json): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);
const text = (value: Json): string => (typeof value === "string" ? value.trim() : "");

/** Text in a cell of a table. */
const cell = (value: string): string => value.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

/** An operation with its place. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly item: Fields;
  readonly operation: Fields;
}

/** The contract as pages of Markdown. */
export class ApiPages {
  readonly #contract: Fields;

  constructor(contract: Fields) {
    this.#contract = contract;
  }

  /** Returns the text of each page by its name. */
  pages(): ReadonlyMap<string, string> {
    const tags = list(this.#contract.tags).map((tag) => fields(tag));
    return new Map([
      ["index.md", this.#index(tags)],
      ...tags.map((tag) => [`${text(tag.name)}.md`, this.#tagPage(tag)] as const),
      ["schemas.md", this.#schemas()],
    ]);
  }

  #index(tags: readonly Fields[]): string {
    const info = fields(this.#contract.info);
    const parts = tags.map((tag) => {
      const rows = this.#operations(text(tag.name)).map(
        ({ method, path, operation }) =>
          `| [\`${method.toUpperCase()} ${path}\`](./${text(tag.name)}.md#${text(operation.operationId).toLowerCase()}) | ${cell(text(operation.summary))} |`,
      );
      return `## ${text(tag.name)}\n\n${text(tag.description)}\n\n| Operation | |\n|---|---|\n${rows.join("\n")}\n`;
    });
    const schemes = Object.entries(fields(fields(this.#contract.components).securitySchemes)).map(
      ([name, scheme]) => `- **${name}**: ${text(fields(scheme).description).replaceAll("\n", "\n  ")}`,
    );
    return `# API\n\n${text(info.description)}\n\nThe contract itself: [openapi.yaml](pathname:///files/openapi.yaml).\n\n${parts.join("\n")}\n## Authentication\n\n${schemes.join("\n")}\n`;
  }

  #operations(tag: string): readonly Operation[] {
    return Object.entries(fields(this.#contract.paths)).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = fields(fields(item)[method]);
        return list(operation.tags).includes(tag) ? [{ method, path, item: fields(item), operation }] : [];
      }),
    );
  }

  #tagPage(tag: Fields): string {
    const parts = this.#operations(text(tag.name)).map((one) => this.#operation(one));
    return `# API: ${text(tag.name)}\n\n${text(tag.description)}\n\n${parts.join("\n")}`;
  }

  #operation({ method, path, item, operation }: Operation): string {
    const parameters = [...list(item.parameters), ...list(operation.parameters)].map((one) =>
      this.#resolve(one),
    );
    const callers = list(operation.security)
      .map((one) => Object.keys(fields(one)).join(" and ") || "none")
      .join(", ");
    const body = fields(operation.requestBody);
    return [
      `## ${text(operation.operationId)}\n`,
      `\`${method.toUpperCase()} ${path}\`\n`,
      `${text(operation.summary)}.\n`,
      text(operation.description) === "" ? "" : `${text(operation.description)}\n`,
      callers === "" ? "" : `Authentication: ${callers}.\n`,
      parameters.length === 0 ? "" : `${this.#parameterTable(parameters)}\n`,
      Object.keys(body).length === 0 ? "" : `Body: ${this.#contentOf(body)}. ${text(body.description)}\n`,
      this.#responseTable(fields(operation.responses)),
      "",
    ]
      .filter((part, index, all) => part !== "" || index === all.length - 1)
      .join("\n");
  }

  #parameterTable(parameters: readonly Fields[]): string {
    const rows = parameters.map((one) => {
      const name = `\`${text(one.name)}\`${one.required === true ? " (required)" : ""}`;
      return `| ${name} | ${text(one.in)} | ${this.#typeOf(one.schema)} | ${cell(text(one.description))} |`;
    });
    return `| Parameter | In | Type | Meaning |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  }

  #responseTable(responses: Fields): string {
    const rows = Object.entries(responses).map(([status, response]) => {
      const resolved = this.#resolve(response);
      return `| ${status} | ${cell(text(resolved.description))} | ${this.#contentOf(resolved)} |`;
    });
    return `| Status | Meaning | Body |\n|---|---|---|\n${rows.join("\n")}\n`;
  }

  #contentOf(holder: Fields): string {
    const types = Object.entries(fields(holder.content)).map(([type, media]) => {
      const schema = this.#typeOf(fields(media).schema);
      return `\`${type}\`${schema === "" ? "" : `: ${schema}`}`;
    });
    return types.join("; ");
  }

  #schemas(): string {
    const parts = Object.entries(fields(fields(this.#contract.components).schemas)).map(([name, schema]) => {
      const { description, ...shape } = fields(schema);
      const said = text(description) === "" ? "" : `${text(description)}\n\n`;
      const rows = this.#rows(fields(shape), "");
      const table =
        rows.length === 0 ? "" : `| Field | Type | Meaning |\n|---|---|---|\n${rows.join("\n")}\n`;
      return `## ${name}\n\n${said}${table === "" ? `${this.#typeOf(shape)}\n` : table}`;
    });
    return `# API: schemas\n\n${parts.join("\n")}`;
  }

  /** A row for each field of an object or of the objects in an array, with those inside. */
  #rows(schema: Fields, prefix: string): string[] {
    const inside = fields(schema.items);
    if (Object.keys(inside).length > 0) return this.#rows(inside, `${prefix}[].`);
    const required = new Set(list(schema.required));
    return Object.entries(fields(schema.properties)).flatMap(([name, property]) => {
      const one = fields(property);
      const whole = `${prefix}${name}`;
      const optional = required.has(name) ? "" : " (optional)";
      const row = `| \`${whole}\`${optional} | ${this.#typeOf(one)} | ${cell(text(one.description))} |`;
      const nested =
        one.type === "array" ? this.#rows(fields(one.items), `${whole}[].`) : this.#rows(one, `${whole}.`);
      return [row, ...nested];
    });
  }

  #typeOf(value: Json): string {
    const schema = fields(value);
    const name = text(schema.$ref).split("/").at(-1) ?? "";
    if (name !== "") return `[${name}](./schemas.md#${name.toLowerCase()})`;
    const choices = [...list(schema.oneOf), ...list(schema.anyOf)];
    if (choices.length > 0) return choices.map((one) => this.#typeOf(one)).join(" or ");
    if (schema.type === "array") return `array of ${this.#typeOf(schema.items) || "any"}`;
    const allowed = list(schema.enum).map((one) => `\`${String(one)}\``);
    return allowed.length > 0 ? allowed.join(", ") : text(schema.type);
  }

  #resolve(value: Json): Fields {
    const one = fields(value);
    const reference = text(one.$ref);
    if (reference === "") return one;
    const [, ...path] = reference.split("/");
    return path.reduce((found: Fields, key) => fields(found[key]), this.#contract);
  }
}
