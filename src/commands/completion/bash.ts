/** Completion script of bash. */
import type { Command } from "../command.ts";
import { COMMANDS } from "../table.ts";
import { optionsOf } from "../usage.ts";
import { argumentChoices, optionNames } from "./words.ts";

function caseOf(command: Command): string {
  const list = (names: readonly string[]) => names.join(" ");
  const choices = optionsOf(command)
    .filter(([, option]) => option.choices !== undefined)
    .map(([name, option]) => `--${name}) words='${list(option.choices ?? [])}' ;;`);
  return `    ${command.name})
      words='${list([...optionNames(command), ...argumentChoices(command)])}'
      files='${list(optionNames(command, "file"))}'
      folders='${list(optionNames(command, "folder"))}'
      texts='${list(optionNames(command, "text"))}'
${choices.length === 0 ? "" : `      case $previous in ${choices.join(" ")} esac\n`}      ;;`;
}

/** Renders the script. */
export const bashCompletion = (): string => `# bash completion of container-gateway
_container_gateway() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local words='' files='' folders='' texts=''
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '${COMMANDS.map(({ name }) => name).join(" ")} --help --version' -- "$current")
    return
  fi
  case \${COMP_WORDS[1]} in
${COMMANDS.map(caseOf).join("\n")}
  esac
  case " $files " in *" $previous "*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;; esac
  case " $folders " in *" $previous "*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
  case " $texts " in *" $previous "*) return ;; esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _container_gateway container-gateway
`;
