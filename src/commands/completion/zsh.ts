/** Completion script of zsh. */
import type { Command, Option } from "../command.ts";
import { COMMANDS } from "../table.ts";
import { optionsOf } from "../usage.ts";
import { argumentChoices, quoted, valueKind } from "./words.ts";

/** Escapes a text for the brackets of `_arguments`. */
const bracketed = (text: string): string => text.replace(/[[\]\\:]/g, "\\$&");

function valueAction(option: Option): string {
  const name = bracketed(option.value ?? "VALUE");
  const actions = {
    none: "",
    file: `:${name}:_files`,
    folder: `:${name}:_files -/`,
    choices: `:${name}:(${(option.choices ?? []).join(" ")})`,
    text: `:${name}: `,
  };
  return actions[valueKind(option)];
}

function caseOf(command: Command): string {
  const options = optionsOf(command).map(([name, option]) =>
    quoted(`--${name}[${bracketed(option.help)}]${valueAction(option)}`),
  );
  const choices = argumentChoices(command);
  const words = choices.length === 0 ? [] : [quoted(`1:argument:(${choices.join(" ")})`)];
  return `    ${command.name}) _arguments ${[...options, ...words].join(" ")} ;;`;
}

/** Renders the script. */
export const zshCompletion = (): string => `#compdef container-gateway
_container_gateway() {
  local curcontext=$curcontext state line
  local -a commands
  _arguments -C '(- *)--help[describe the commands]' '(- *)--version[print the version]' '1:command:->command' '*::argument:->argument' && return
  case $state in
  command)
    commands=(${COMMANDS.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(":", "\\:")}`)).join(" ")})
    _describe command commands
    ;;
  argument)
    case $line[1] in
${COMMANDS.map(caseOf).join("\n")}
    esac
    ;;
  esac
}
# Run when zsh loads this file for a completion, registered when it is sourced.
if [ "$funcstack[1]" = _container_gateway ] || [ "$funcstack[1]" = _container-gateway ]; then
  _container_gateway "$@"
else
  compdef _container_gateway container-gateway
fi
`;
