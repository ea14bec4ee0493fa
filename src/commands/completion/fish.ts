/** Completion script of fish. */
import type { Command, Option } from "../command.ts";
import { COMMANDS } from "../table.ts";
import { optionsOf } from "../usage.ts";
import { argumentChoices, quoted, valueKind } from "./words.ts";

const LINE = "complete -c container-gateway";

function valueFlags(option: Option): string {
  const flags = {
    none: "",
    file: " -r -F",
    folder: " -x -a '(__fish_complete_directories)'",
    choices: ` -x -a ${quoted((option.choices ?? []).join(" "))}`,
    text: " -x",
  };
  return flags[valueKind(option)];
}

function linesOf(command: Command): string[] {
  const seen = quoted(`__fish_seen_subcommand_from ${command.name}`);
  const options = optionsOf(command).map(
    ([name, option]) => `${LINE} -n ${seen} -l ${name}${valueFlags(option)} -d ${quoted(option.help)}`,
  );
  const choices = argumentChoices(command);
  return choices.length === 0 ? options : [...options, `${LINE} -n ${seen} -a ${quoted(choices.join(" "))}`];
}

/** Renders the script. */
export const fishCompletion = (): string => `# fish completion of container-gateway
${LINE} -f
${LINE} -n __fish_use_subcommand -l help -d 'describe the commands'
${LINE} -n __fish_use_subcommand -l version -d 'print the version'
${COMMANDS.map(({ name, summary }) => `${LINE} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join("\n")}
${COMMANDS.flatMap(linesOf).join("\n")}
`;
