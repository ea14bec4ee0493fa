/** Runs `container-gateway log-level`. */
import type { Call } from "../command.ts";
import type { LOG_LEVEL_ARGUMENTS, LOG_LEVEL_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { printResult } from "./result.ts";
import { secondsOf } from "./words.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** Runs the command. */
export async function run({
  options,
  args,
  terminal,
}: Call<typeof LOG_LEVEL_OPTIONS, typeof LOG_LEVEL_ARGUMENTS>): Promise<number> {
  const level = LEVELS.find((one) => one === args.level) ?? "info";
  const query = {
    level,
    ...(options.for === undefined ? {} : { seconds: secondsOf("for", options.for) }),
  };
  const gateway = gatewayAt(options, terminal.environment);
  return printResult(await bodyOf(gateway.putLogLevel({ params: { query } })), options, terminal);
}
