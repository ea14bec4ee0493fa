/** Usage of the program and of each command, for a terminal. */
import { DEFAULT_FILE } from "../settings/sources.ts";
import { EXIT_CODE } from "./arguments.ts";
import type { Command, Option } from "./command.ts";
import { GROUPS } from "./table.ts";

const NAME = "container-gateway";
const WIDTH_CHARS = 100;
/** Names longer than this have their text on the next line. */
const MAX_NAME_CHARS = 28;

/** Breaks a text into lines. */
function wrap(text: string, indent_chars: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + word.length + 1 > WIDTH_CHARS - indent_chars) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent_chars)}`);
}

/** Rows of a name and its text. */
function rows(entries: readonly (readonly [name: string, text: string])[]): string {
  const longest = Math.max(...entries.map(([name]) => name.length));
  const width_chars = Math.min(longest, MAX_NAME_CHARS) + 4;
  const row = ([name, text]: readonly [string, string]) => {
    const first = `  ${name}`.padEnd(width_chars);
    const start = first.length > width_chars ? `${first}\n${" ".repeat(width_chars)}` : first;
    return start + wrap(text, width_chars);
  };
  return entries.map(row).join("\n");
}

/** Returns an option with its value, such as `--config FILE`. */
export const optionSyntax = (name: string, { type, value = "VALUE" }: Option): string =>
  type === "boolean" ? `--${name}` : `--${name} ${value}`;

/** Returns the meaning of an option with its default and its choices. */
export function optionText({ help, choices, default: preset }: Option): string {
  const of = choices === undefined ? "" : `: ${choices.join(", ")}`;
  return preset === undefined ? `${help}${of}` : `${help}${of} (default: ${preset})`;
}

/** Options of a command, and the one that all have. */
export const optionsOf = (command: Command): readonly (readonly [name: string, option: Option])[] => [
  ...Object.entries(command.options),
  ["help", { type: "boolean", help: "describe the command" }],
];

/** Returns the command with its arguments, such as `container-gateway explain [OPTION...] WHO [REPOSITORY]`. */
export function synopsis({ name, args }: Command): string {
  const words = Object.entries(args).map(([word, { isOptional }]) =>
    isOptional === true ? `[${word.toUpperCase()}]` : word.toUpperCase(),
  );
  return [NAME, name, "[OPTION...]", ...words].join(" ");
}

/** Returns each exit code of a command with its meaning. */
export const exitCodesOf = (command: Command): readonly (readonly [code: string, text: string])[] => [
  ...Object.entries(command.exitCodes),
  [String(EXIT_CODE.wrongUsage), "wrong usage"],
];

/** Returns the usage of a command. */
export function commandUsage(command: Command): string {
  const { args, summary, details = [] } = command;
  const words = Object.entries(args).map(
    ([word, { help, choices = [] }]) =>
      [word.toUpperCase(), choices.length === 0 ? help : `${help}: ${choices.join(", ")}`] as const,
  );
  const sections = [
    `usage: ${synopsis(command)}`,
    wrap(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, 0),
    ...details.map((text) => wrap(text, 0)),
    ...(words.length === 0 ? [] : [rows(words)]),
    rows(optionsOf(command).map(([name, option]) => [optionSyntax(name, option), optionText(option)])),
    `Exit codes: ${exitCodesOf(command)
      .map(([code, text]) => `${code} ${text}`)
      .join(", ")}.`,
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Returns the usage of the program: its commands. */
export function programUsage(): string {
  const all = GROUPS.flatMap(({ commands }) => commands);
  const longest = Math.max(...all.map(({ name }) => name.length));
  const groups = GROUPS.map(
    ({ title, commands }) =>
      `${title}:\n${rows(commands.map(({ name, summary }) => [name.padEnd(longest), summary] as const))}`,
  );
  return `usage: ${NAME} COMMAND [OPTION...] [ARGUMENT...]

${groups.join("\n\n")}

${NAME} COMMAND --help describes a command, ${NAME} --version prints the version.

Settings come from ${DEFAULT_FILE}, or --config FILE, and from CONTAINER_GATEWAY_* in the environment.

Exit codes: 0 success, 1 errors, ${EXIT_CODE.wrongUsage} wrong usage; a command's help has the others.
`;
}
