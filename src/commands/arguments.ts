/** Parses the words of a command line by the table's description of the command. */
import { parseArgs } from "node:util";
import { errorText } from "../model/error-text.ts";
import type { Arguments, ArgumentValues, Description, Options, OptionValues } from "./command.ts";

/** Wrong usage of a command. */
export class UsageError extends Error {}

/** Exit code of wrong usage, for all commands. It is the one of sysexits(3). */
export const EXIT_CODE = { wrongUsage: 64 } as const;

interface Choice {
  readonly choices?: readonly string[];
}

function checkChoice(what: string, { choices }: Choice, value: unknown): void {
  if (typeof value !== "string" || choices === undefined || choices.includes(value)) return;
  throw new UsageError(`${what} must be ${choices.join(" or ")}, not ${value}`);
}

/** Checks that each option has a value of its type, and narrows the type. */
function hasOptions<Os extends Options>(options: Os, values: object): values is OptionValues<Os> {
  const given = new Map<string, unknown>(Object.entries(values));
  return Object.entries(options).every(([name, option]) => {
    const value = given.get(name);
    checkChoice(`--${name}`, option, value);
    const mayBeAbsent = option.type === "string" && option.default === undefined;
    return typeof value === option.type || (value === undefined && mayBeAbsent);
  });
}

/** Checks that each argument that is needed has a value, and narrows the type. */
function hasArguments<As extends Arguments>(
  args: As,
  values: Readonly<Record<string, string | undefined>>,
): values is Readonly<Record<string, string | undefined>> & ArgumentValues<As> {
  return Object.entries(args).every(([name, argument]) => {
    const value = values[name];
    if (value === undefined && argument.isOptional !== true)
      throw new UsageError(`${name.toUpperCase()} is missing`);
    checkChoice(name.toUpperCase(), argument, value);
    return true;
  });
}

/** Options for Node.js's parser. */
const parserOptions = (options: Options) =>
  Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.type === "boolean"
        ? { type: option.type, default: false }
        : { type: option.type, ...(option.default === undefined ? {} : { default: option.default }) },
    ]),
  );

function refuseUnknown(name: string, options: Options, words: readonly string[]): void {
  const { tokens } = parseArgs({
    args: [...words],
    options: parserOptions(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens)
    if (token.kind === "option" && !Object.hasOwn(options, token.name))
      throw new UsageError(`${name} has no option ${token.rawName}`);
}

function split(options: Options, words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: parserOptions(options), allowPositionals: true });
  } catch (error) {
    throw new UsageError(errorText(error));
  }
}

/**
 * Parses words.
 * @throws UsageError with the first problem
 */
export function parse<Os extends Options, As extends Arguments>(
  { name, options, args }: Description<Os, As>,
  words: readonly string[],
): { readonly options: OptionValues<Os>; readonly args: ArgumentValues<As> } {
  refuseUnknown(name, options, words);
  const { values, positionals } = split(options, words);
  const names = Object.keys(args);
  const surplus = positionals.slice(names.length);
  if (surplus.length > 0)
    throw new UsageError(
      names.length === 0
        ? `${name} takes no arguments: ${surplus.join(" ")}`
        : `too many arguments for ${name}: ${surplus.join(" ")}`,
    );
  const byName = Object.fromEntries(names.map((one, index) => [one, positionals[index]]));
  if (!hasOptions(options, values) || !hasArguments(args, byName))
    throw new UsageError(`${name}: an option lacks its value`);
  return { options: values, args: byName };
}
