/** Words that a shell completes. */
import type { Command, Option } from "../command.ts";
import { COMMANDS } from "../table.ts";
import { optionsOf } from "../usage.ts";

/** Kind of completion of an option's value. */
export type ValueKind = "none" | "file" | "folder" | "choices" | "text";

/** Returns how the value of an option is completed. */
export function valueKind({ type, value, choices }: Option): ValueKind {
  if (type === "boolean") return "none";
  if (choices !== undefined) return "choices";
  return value === "FILE" ? "file" : value === "FOLDER" ? "folder" : "text";
}

/** Returns the words that complete the arguments of a command; commands' names for `help`. */
export function argumentChoices({ name, args }: Command): readonly string[] {
  if (name === "help") return COMMANDS.map((command) => command.name);
  return Object.values(args).flatMap(({ choices = [] }) => choices);
}

/** Returns options of a command as the shell has them, with those of each kind of value. */
export const optionNames = (command: Command, kind?: ValueKind): readonly string[] =>
  optionsOf(command)
    .filter(([, option]) => kind === undefined || valueKind(option) === kind)
    .map(([name]) => `--${name}`);

/** Quotes a text for bash, zsh and fish. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
