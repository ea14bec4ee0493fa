/** Shape of the command table: what a command is, and what it gets when it runs. */
import { parse } from "./arguments.ts";

/** An option of a command. */
export interface Option {
  readonly type: "boolean" | "string";
  /** Meaning, in lower case and without a full stop. */
  readonly help: string;
  /** Word for the value of a string in the usage. The shells complete FILE and FOLDER as paths. */
  readonly value?: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** Options by name. */
export type Options = Readonly<Record<string, Option>>;

/** An argument: a word that is no option. */
export interface Argument {
  readonly help: string;
  readonly isOptional?: true;
  readonly choices?: readonly string[];
}

/** Arguments in their order, by name. The usage shows the name in capitals. */
export type Arguments = Readonly<Record<string, Argument>>;

type OptionValue<O extends Option> = O["type"] extends "boolean"
  ? boolean
  : O extends { readonly default: string }
    ? string
    : string | undefined;

/** Values of options: `false` for a boolean that is absent. */
export type OptionValues<Os extends Options> = { readonly [Name in keyof Os]: OptionValue<Os[Name]> };

/** Values of arguments. */
export type ArgumentValues<As extends Arguments> = {
  readonly [Name in keyof As]: As[Name] extends { readonly isOptional: true } ? string | undefined : string;
};

/** Surroundings of a command. */
export interface Terminal {
  /** Prints a line. */
  print(text: string): void;
  /** True if somebody can answer. */
  readonly isInteractive: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/** Call of a command. */
export interface Call<Os extends Options, As extends Arguments = Record<never, never>> {
  readonly options: OptionValues<Os>;
  readonly args: ArgumentValues<As>;
  readonly terminal: Terminal;
}

/** Description of a command: all that its usage, its man page and the completions of shells are made from. */
export interface Description<Os extends Options, As extends Arguments> {
  readonly name: string;
  /** Line for the list of commands, in lower case and without a full stop. */
  readonly summary: string;
  /** Paragraphs for its usage. */
  readonly details?: readonly string[];
  readonly options: Os;
  readonly args: As;
  /** Meaning of each exit code but 64, which is wrong usage. */
  readonly exitCodes: Readonly<Record<number, string>>;
}

/** A command as the table has it. */
export interface Command extends Description<Options, Arguments> {
  /**
   * Parses its arguments and runs it.
   * @returns its exit code
   * @throws UsageError
   */
  run(words: readonly string[], terminal: Terminal): Promise<number>;
}

/** Module of a command, which is loaded when it runs. */
interface CommandModule<Os extends Options, As extends Arguments> {
  /** Runs the command and returns its exit code. */
  run(call: Call<Os, As>): Promise<number>;
}

/** Makes an entry of the table. */
export function command<const Os extends Options, const As extends Arguments>(
  description: Description<Os, As>,
  load: () => Promise<CommandModule<Os, As>>,
): Command {
  return {
    ...description,
    run: async (words, terminal) => {
      const values = parse(description, words);
      const { run } = await load();
      return run({ ...values, terminal });
    },
  };
}
