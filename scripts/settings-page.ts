/** Generates docs/settings.md from the settings. Run by `npm run generate`; nothing else writes that page. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { GROUPS } from "../src/settings/keys.ts";
import { DEFAULT_FILE } from "../src/settings/sources.ts";

const PAGE = new URL("../docs/settings.md", import.meta.url);

/** Texts of defaults that depend on the machine, or are more readable with a unit. */
const IN_WORDS: Readonly<Record<string, string>> = {
  max_header_bytes: "`64 KiB`",
  max_sync_bytes: "`1 GiB`",
  memory_limit: "`64 MiB`",
  workers: "one for each core",
  data_dir: "`/var/lib/container-gateway` for root, `~/.local/share/container-gateway` for others",
};

const code = (text: string): string => `\`${text}\``;

/** Formats an entry of a list as in a settings file. */
function entryText(entry: unknown): string {
  if (typeof entry !== "object" || entry === null || !("transport" in entry)) return String(entry);
  if ("path" in entry) return `unix:${entry.path}`;
  return "host" in entry && "port" in entry ? `${entry.transport}://${entry.host}:${entry.port}` : "";
}

/** Returns the default of a setting in Markdown. */
export function defaultText(key: string, schema: z.ZodType): string {
  const words = IN_WORDS[key];
  if (words !== undefined) return words;
  if (!(schema instanceof z.ZodDefault)) return schema instanceof z.ZodOptional ? "" : "**must be set**";
  const value: unknown = schema.def.defaultValue;
  if (!Array.isArray(value)) return code(entryText(value));
  return value.length === 0 ? "none" : value.map((entry) => code(entryText(entry))).join(", ");
}

/** Sentences of a cell, up to so many words; what follows stands below the table. */
const MAX_CELL_WORDS = 25;

const wordsOf = (text: string): number => text.split(/\s+/).length;

/** Splits a description into the sentences that stand in the table, and those below it. */
function parted({ description = "" }: z.ZodType): [cell: string, below: string] {
  const [first = "", ...others] = description.split(/(?<=\.) (?=[A-Z0-9`])/);
  let cell = first;
  while (others[0] !== undefined && wordsOf(`${cell} ${others[0]}`) <= MAX_CELL_WORDS)
    cell += ` ${others.shift()}`;
  return [cell, others.join(" ")];
}

const row = ([key, schema]: [string, z.ZodType]): string =>
  `| ${code(key)} | ${defaultText(key, schema)} | ${parted(schema)[0].replaceAll("|", "\\|")} |`;

/** Returns what the description of a setting says beyond the table, as an entry of a list. */
function more([key, schema]: [string, z.ZodType]): string[] {
  const [, below] = parted(schema);
  return below === "" ? [] : [`- **${code(key)}**: ${below}`];
}

const table = ({ title, keys }: (typeof GROUPS)[number]): string =>
  `## ${title}

| Setting | Default | Description |
|---|---|---|
${Object.entries(keys).map(row).join("\n")}

${Object.entries(keys).flatMap(more).join("\n")}`.trimEnd();

const EXAMPLE = `# ${DEFAULT_FILE}
listen:
  - https://0.0.0.0:9443
ssl_certificate: /etc/container-gateway/server.crt
ssl_private_key: /etc/container-gateway/server.key
ssl_ca_file: /etc/container-gateway/katello-ca.crt
trusted_hosts:
  - foreman.example.org

foreman_url: https://foreman.example.org
foreman_ssl_ca: /etc/container-gateway/katello-ca.crt
foreman_ssl_cert: /etc/container-gateway/client.crt
foreman_ssl_key: /etc/container-gateway/client.key

pulp_endpoint: https://proxy.example.org
client_endpoint: https://proxy.example.org
public_url: https://proxy.example.org:9443

db_connection_string: postgresql:///container_gateway
`;

/** Renders the page, which is the same on every machine. */
export function renderSettingsPage(): string {
  return `<!-- Generated from src/settings/keys by \`npm run generate\`. Do not edit. -->

# Settings

The gateway reads its settings from a YAML file and from the environment. The file is ${code(DEFAULT_FILE)}, which may be
missing, or the one of \`--config FILE\`, which must exist. Environment variables take precedence over the file.

The variable of a setting is its name in capitals with the prefix \`CONTAINER_GATEWAY_\`: \`CONTAINER_GATEWAY_PUBLIC_URL\` sets
\`public_url\`.

The gateway reads the settings at startup and at a [reload](operation.md#reload). \`container-gateway check\` checks them, with all files and
systems that they name, see [operation.md](operation.md#check-a-gateway).

${GROUPS.map(table).join("\n\n")}

## Syntax

- A list is a YAML list or comma-separated text: \`trusted_hosts: a.example.org, b.example.org\`. In the environment it is
  always comma-separated text.
- An origin is scheme, host and port, without a path: \`https://pulp.example.org:8443\`.
- Certificates, keys and CAs are paths of PEM files. A certificate requires its key.
- A setting without a value (\`public_url:\`) has its default.
- Ruby symbols are accepted: \`:log_level: :info\` is the same as \`log_level: info\`.
- The host of \`db_connection_string\` may be missing: \`postgresql:///name\` connects over the unix socket, as the account that
  runs the gateway.

## Errors

The gateway does not start with invalid settings. It reports all problems together, each with the file and line, or the
variable:

\`\`\`
the settings can't be used:
  /etc/container-gateway/settings.yml:4: pulp_endpont: there is no such setting; did you mean pulp_endpoint?
  /etc/container-gateway/settings.yml:9: ssl_ca_file: can't be read: ENOENT: no such file or directory, open '/etc/ca.crt'
  CONTAINER_GATEWAY_DB_MAX_CONNECTIONS: db_max_connections: must be at least 2
\`\`\`

An unknown key is an error, and so is an unknown variable with the prefix \`CONTAINER_GATEWAY_\`. For keys of
smart_proxy_container_gateway that the gateway does not have, the report says what to do; see [migration.md](migration.md).

## Example

\`\`\`yaml
${EXAMPLE}\`\`\`
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, renderSettingsPage());
