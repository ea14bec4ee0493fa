/** Finds the command of a command line, runs it, and prints usages. */
import { VERSION } from "../model/version.ts";
import { EXIT_CODE, UsageError } from "./arguments.ts";
import type { Command, Terminal } from "./command.ts";
import { commandOf } from "./table.ts";
import { commandUsage, programUsage } from "./usage.ts";

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** Words that may be options: those before `--`. */
const beforeDashes = (words: readonly string[]): readonly string[] =>
  words.includes("--") ? words.slice(0, words.indexOf("--")) : words;

function refuse(problem: string, command?: Command): number {
  const usage = command === undefined ? programUsage() : commandUsage(command);
  process.stderr.write(`${problem}\n\n${usage}`);
  return EXIT_CODE.wrongUsage;
}

async function runCommand(command: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  if (beforeDashes(words).some(isHelp)) {
    terminal.print(commandUsage(command).trimEnd());
    return 0;
  }
  try {
    return await command.run(words, terminal);
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message, command);
    throw error;
  }
}

/**
 * Runs a command line.
 * @returns the exit code
 */
export async function dispatch([name, ...words]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === undefined) return refuse("no command given");
  if (isHelp(name) || name === "--version") {
    terminal.print(name === "--version" ? `container-gateway ${VERSION}` : programUsage().trimEnd());
    return 0;
  }
  if (name.startsWith("-")) return refuse(`the command comes before its options: ${name}`);
  const command = commandOf(name);
  return command === undefined ? refuse(`unknown command: ${name}`) : runCommand(command, words, terminal);
}
