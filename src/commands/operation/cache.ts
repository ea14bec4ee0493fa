/** Runs `container-gateway cache clear`. */
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS, CACHE_ARGUMENTS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { printResult } from "./result.ts";

/** Runs the command. */
export async function run({
  options,
  args: { repository },
  terminal,
}: Call<typeof ADMIN_OPTIONS, typeof CACHE_ARGUMENTS>): Promise<number> {
  const query = repository === undefined ? {} : { repository };
  const call = gatewayAt(options, terminal.environment).deleteCache({ params: { query } });
  return printResult(await bodyOf(call), options, terminal);
}
