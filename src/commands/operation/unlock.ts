/** Runs `container-gateway unlock`. */
import type { Call } from "../command.ts";
import type { UNLOCK_ARGUMENTS, UNLOCK_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { printResult } from "./result.ts";
import { named } from "./words.ts";

/** Runs the command. */
export async function run({
  options,
  args: { what },
  terminal,
}: Call<typeof UNLOCK_OPTIONS, typeof UNLOCK_ARGUMENTS>): Promise<number> {
  const { kind, value } = named(what);
  const at = options.at === undefined ? {} : { address: options.at };
  const query = kind === "address" ? { address: value } : { user: value, ...at };
  const gateway = gatewayAt(options, terminal.environment);
  return printResult(await bodyOf(gateway.deleteLockouts({ params: { query } })), options, terminal);
}
