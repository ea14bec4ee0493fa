/** Runs `container-gateway contract`. */
import type { Call } from "./command.ts";
import { runCheck } from "./contract/check.ts";
import { runProxy } from "./contract/proxy.ts";
import { runVerify } from "./contract/verify.ts";
import type { CONTRACT_ARGUMENTS, CONTRACT_OPTIONS } from "./table/contract.ts";

/** Runs the command. */
export async function run({
  options,
  args,
  terminal,
}: Call<typeof CONTRACT_OPTIONS, typeof CONTRACT_ARGUMENTS>): Promise<number> {
  switch (args.action) {
    case "verify":
      return runVerify(options, terminal);
    case "proxy":
      return runProxy(options, terminal);
    default:
      return runCheck(args.recording, terminal);
  }
}
