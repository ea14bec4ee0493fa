/** Runs `container-gateway completion`. */
import type { Call } from "./command.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { COMPLETION_ARGUMENTS } from "./table/program.ts";

/** Completion scripts by shell. */
const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Runs the command. */
export async function run({
  args,
  terminal,
}: Call<Record<never, never>, typeof COMPLETION_ARGUMENTS>): Promise<number> {
  terminal.print((SCRIPTS[args.shell]?.() ?? "").trimEnd());
  return 0;
}
