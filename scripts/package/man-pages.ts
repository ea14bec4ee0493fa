/** Manual pages: container-gateway(1) from the command table, container-gateway-settings(5) from the settings. */
import type { z } from "zod";
import type { Command } from "../../src/commands/command.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { exitCodesOf, optionSyntax, optionsOf, optionText, synopsis } from "../../src/commands/usage.ts";
import { GROUPS } from "../../src/settings/keys.ts";
import { DEFAULT_FILE } from "../../src/settings/sources.ts";
import { defaultText } from "../settings-page.ts";
import { item, page, paragraph, plain, section } from "./roff.ts";

/** Version and date of the pages. */
export interface Edition {
  readonly version: string;
  /** ISO date. */
  readonly date: string;
}

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;

function commandLines(command: Command): string[] {
  const { name, args, summary, details = [] } = command;
  return [
    `.SS ${name}`,
    bold(synopsis(command)),
    ".PP",
    paragraph(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...details.flatMap((text) => [".PP", paragraph(text)]),
    ...Object.entries(args).map(([word, { help, choices = [] }]) =>
      item(bold(word.toUpperCase()), paragraph([help, choices.join(", ")].filter(Boolean).join(": "))),
    ),
    ...optionsOf(command).map(([option, description]) =>
      item(bold(optionSyntax(option, description)), paragraph(optionText(description))),
    ),
    ".PP",
    paragraph(
      `Exit codes of ${name}: ${exitCodesOf(command)
        .map(([code, text]) => `${code} ${text}`)
        .join(", ")}.`,
    ),
  ];
}

/** Renders container-gateway(1). */
export const commandPage = (edition: Edition): string =>
  page(
    { name: "container-gateway", number: 1, ...edition },
    section("Name", plain("container-gateway - container registry gateway for Foreman and Katello")),
    section(
      "Synopsis",
      `${bold("container-gateway")} \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]`,
    ),
    section(
      "Description",
      paragraph(
        "Stands in front of a Pulp registry: logs container clients in with their Foreman account or their host certificate, decides from what Katello has synchronized which repositories each may pull, and sends them on to Pulp.",
      ),
    ),
    section("Commands", ...COMMANDS.flatMap(commandLines)),
    section(
      "Environment",
      item(
        bold("CONTAINER_GATEWAY_*"),
        paragraph("Settings, which take precedence over the file; see `container-gateway-settings`(5)."),
      ),
    ),
    section(
      "Files",
      item(bold(DEFAULT_FILE), paragraph("Settings.")),
      item(
        bold("/var/lib/container-gateway"),
        paragraph("Backups, and the embedded PostgreSQL if it is used."),
      ),
    ),
    section("See also", `${bold("container-gateway-settings")}(5)`),
  );

function settingItem([key, schema]: [string, z.ZodType]): string {
  const preset = paragraph(defaultText(key, schema).replaceAll("**", ""));
  const meaning = paragraph(schema.description ?? "");
  return item(bold(key), preset === "" ? meaning : `${meaning}\n.br\nDefault: ${preset}.`);
}

/** Renders container-gateway-settings(5). */
export const settingsManPage = (edition: Edition): string =>
  page(
    { name: "container-gateway-settings", number: 5, ...edition },
    section("Name", plain("container-gateway-settings - settings of the container gateway")),
    section("Synopsis", bold(DEFAULT_FILE)),
    section(
      "Description",
      paragraph(
        `A YAML file of settings, one \`key: value\` a line. Environment variables take precedence: \`CONTAINER_GATEWAY_PUBLIC_URL\` sets \`public_url\`. \`container-gateway check\` checks the settings, and the files and systems that they name.`,
      ),
    ),
    ...GROUPS.map(({ title, keys }) => section(title, ...Object.entries(keys).map(settingItem))),
    section("See also", `${bold("container-gateway")}(1)`),
  );
