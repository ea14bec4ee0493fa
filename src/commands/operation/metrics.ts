/** Runs `container-gateway metrics`. */
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";

/** Runs the command. */
export async function run({
  options,
  terminal,
}: Call<Pick<typeof ADMIN_OPTIONS, "config" | "socket">>): Promise<number> {
  const metrics = gatewayAt(options, terminal.environment).getMetrics({ parseAs: "text" });
  terminal.print((await bodyOf(metrics)).trimEnd());
  return 0;
}
