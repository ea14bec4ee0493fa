/** Runs `container-gateway help`. */
import { UsageError } from "./arguments.ts";
import type { Call } from "./command.ts";
import type { HELP_ARGUMENTS } from "./table/program.ts";
import { commandOf } from "./table.ts";
import { commandUsage, programUsage } from "./usage.ts";

/** Runs the command. */
export async function run({
  args,
  terminal,
}: Call<Record<never, never>, typeof HELP_ARGUMENTS>): Promise<number> {
  const command = args.command === undefined ? undefined : commandOf(args.command);
  if (command === undefined && args.command !== undefined)
    throw new UsageError(`unknown command: ${args.command}`);
  terminal.print((command === undefined ? programUsage() : commandUsage(command)).trimEnd());
  return 0;
}
