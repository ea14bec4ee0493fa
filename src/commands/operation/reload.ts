/** Runs `container-gateway reload`. */
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { printResult } from "./result.ts";

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof ADMIN_OPTIONS>): Promise<number> {
  return printResult(await bodyOf(gatewayAt(options, terminal.environment).postReload()), options, terminal);
}
