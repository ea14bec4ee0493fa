/** Commands about this program. */
import { command } from "../command.ts";

/** Arguments of `completion`. */
export const COMPLETION_ARGUMENTS = {
  shell: { help: "shell that reads the script", choices: ["bash", "zsh", "fish"] },
} as const;

const COMPLETION = command(
  {
    name: "completion",
    summary: "print the completion script of a shell",
    details: ["`source <(container-gateway completion bash)` completes commands and options in this shell."],
    options: {},
    args: COMPLETION_ARGUMENTS,
    exitCodes: { 0: "it is printed" },
  },
  () => import("../completion.ts"),
);

/** Arguments of `help`. */
export const HELP_ARGUMENTS = {
  command: { help: "command to describe", isOptional: true },
} as const;

const HELP = command(
  {
    name: "help",
    summary: "describe all commands, or one",
    options: {},
    args: HELP_ARGUMENTS,
    exitCodes: { 0: "it is printed" },
  },
  () => import("../help.ts"),
);

/** Commands in the order of the usage. */
export const PROGRAM = [COMPLETION, HELP] as const;
